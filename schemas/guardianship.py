"""The facts of ``campus.identity`` that bind a guardian to one child's bus runs, and nothing else.

A school invites; whoever brings the one-time code becomes a guardian, known by a random id alone: no name, number or
address of theirs is kept. What the school, the guardian and the product change stands under different keys. Nothing is
shown without a consent in force (个人信息保护法 Art. 28, 29, 31: whereabouts of a child under 14 need the guardian's
separate consent).
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.fields import PupilToken, Ref
from schemas.ids import CampusId, GuardianId, GuardianshipId, InvitationId, ShareId, TokenId
from schemas.registry import Fact, Instant, Sha256Hex

MINUTES_A_DAY = 24 * 60
MinuteOfDay = Annotated[int, Field(ge=0, lt=MINUTES_A_DAY)]
"""Whole minutes after midnight in Asia/Shanghai."""
PolicyVersion = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,31}$")]
ConsentScope = Literal["bus_run"]
"""What a consent may be about: the child's bus and whether the child is on it."""


class Run(Fact):
    """One of the child's regular bus runs: a route in one direction, with the child's own stop and times."""

    route_id: Ref
    direction: Literal["to_school", "to_home"]
    stop_id: Ref
    """Where the child gets on (to school) or off (to home)."""
    pick_up_min: MinuteOfDay
    """When the child is to get on, wherever that is."""
    drop_off_min: MinuteOfDay
    """When the child is to get off."""


Runs = Annotated[tuple[Run, ...], Field(min_length=1, max_length=8)]


class Invitation(Fact):
    """A school's invitation to the guardian of one pupil; the code is shown once and kept as a hash."""

    kind: Literal["invitation"] = "invitation"
    invitation_id: InvitationId
    campus_id: CampusId
    pupil_token: PupilToken
    runs: Runs
    code_sha256: Sha256Hex
    issued_by: Ref
    """The person or token that invited."""
    issued_ms: Instant
    not_after_ms: Instant
    revoked: bool = False

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.invitation_id


class Guardianship(Fact):
    """A guardian stands to one pupil; made when an invitation is redeemed, so its id comes from the invitation's."""

    kind: Literal["guardianship"] = "guardianship"
    guardianship_id: GuardianshipId
    guardian_id: GuardianId
    campus_id: CampusId
    pupil_token: PupilToken
    runs: Runs
    from_ms: Instant

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.guardianship_id


class GuardianshipEnd(Fact):
    """The school has ended a guardianship; it is never withdrawn."""

    kind: Literal["guardianship_end"] = "guardianship_end"
    guardianship_id: GuardianshipId
    at_ms: Instant
    ended_by: Ref

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.guardianship_id


class Consent(Fact):
    """The guardian's newest word on a guardianship: given, or taken back."""

    kind: Literal["consent"] = "consent"
    guardianship_id: GuardianshipId
    is_given: bool
    policy_version: PolicyVersion
    scopes: frozenset[ConsentScope]
    at_ms: Instant

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.guardianship_id


class GuardianSession(Fact):
    """A bearer token of a guardian, or of somebody with whom a guardian shares one run."""

    kind: Literal["guardian_session"] = "guardian_session"
    session_id: TokenId
    sha256: Sha256Hex
    guardian_id: GuardianId
    share_id: ShareId | None = None
    """Set: it may only watch what this share shows."""
    created_ms: Instant
    not_after_ms: Instant
    revoked: bool = False

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.session_id


class ShareLink(Fact):
    """Somebody may watch a child's run, read-only, for a day at most; the code is exchanged once for a session."""

    kind: Literal["share_link"] = "share_link"
    share_id: ShareId
    guardianship_id: GuardianshipId
    code_sha256: Sha256Hex
    created_ms: Instant
    not_after_ms: Instant
    revoked: bool = False

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.share_id


GuardianFact = Invitation | Guardianship | GuardianshipEnd | Consent | GuardianSession | ShareLink
