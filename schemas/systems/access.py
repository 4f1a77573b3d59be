"""The record of who looked at what: written by the product itself, never by a source of a campus.

未成年人网络保护条例 (国务院令第766号, 2024) Art. 36: whoever may see what concerns minors is approved, and each look is
recorded; 个人信息保护法 Art. 14, 15 and 29: consent is given for a purpose and can be withdrawn.

The envelope's ``subject`` is the principal, a guardianship or a grant: an opaque reference, never a name. ``data`` says
who asked in which role, for what, why, and over which time; it never holds anything of what was shown.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from schemas.events import Classification, EventData, EventType, event
from schemas.fields import Count, EpochMs, Ref
from schemas.privacy import ErasureBasis, ErasureGround
from schemas.registry import Role
from schemas.retention import RetentionClass

ReadingKind = Literal["history", "state", "replay", "export", "proof", "bundle", "logbook", "pupil", "video", "live"]
"""In which form content was shown; ``pupil``: one child's, by token or to its own guardian; ``live``: as it is now."""

KeyRefText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16}$")]
"""The random name of a data key."""
SystemRef = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Purpose = Annotated[str, StringConstraints(max_length=200)]
Systems = Annotated[list[SystemRef], Field(max_length=64)]


class _ByPrincipal(EventData):
    """Who did it."""

    principal_ref: Ref
    """The person, or the token of a program."""
    role: Role


class Read(_ByPrincipal):
    """Content of the campus was asked for; the answer left only after this was written."""

    kind: ReadingKind
    systems: Systems
    from_ms: EpochMs
    to_ms: EpochMs
    """Exclusive; equal to ``from_ms`` for an instant."""
    purpose: Purpose = ""


class Refused(_ByPrincipal):
    """Content of the campus was asked for and refused, so often since the last such event of the same principal."""

    refusals: Annotated[int, Field(ge=1, le=1_000_000)]


class EmergencyTaken(_ByPrincipal):
    """Somebody took emergency access by themselves (break-glass); the county must hear of it."""

    grant_id: Ref
    systems: Systems
    purpose: Purpose
    valid_to_ms: EpochMs


class GrantUsed(_ByPrincipal):
    """A look that only a grant made possible; once for each request, campus and grant."""

    grant_id: Ref
    kind: ReadingKind


class InvitationIssued(_ByPrincipal):
    """A member of staff invited the guardian of a pupil."""

    invitation_id: Ref
    not_after_ms: EpochMs


class InvitationRedeemed(EventData):
    """The one-time code was used: a guardian is bound to one child's runs."""

    invitation_id: Ref
    guardianship_id: Ref


class _Consent(EventData):
    guardianship_id: Ref
    policy_version: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,31}$")]
    scopes: Annotated[list[SystemRef], Field(min_length=1, max_length=8)]
    """What the consent is about, for example ``bus_run``."""


class ConsentGiven(_Consent):
    """A guardian agreed that the child's data is shown for a purpose."""


class ConsentWithdrawn(_Consent):
    """A guardian took the consent back; nothing is shown from this instant on."""


class ShareOpened(EventData):
    """A guardian let somebody else watch the child's run, for a day at most."""

    guardianship_id: Ref
    share_id: Ref
    not_after_ms: EpochMs


class ShareClosed(EventData):
    """A guardian took a share back."""

    guardianship_id: Ref
    share_id: Ref


class GuardianshipEnded(EventData):
    """A guardian is bound to the child's runs no longer."""

    guardianship_id: Ref
    reason: Literal["revoked", "superseded"]
    sessions: Count = 0
    """How many sessions ended with it."""


class SubjectKeysDestroyed(_ByPrincipal):
    """What was known of one pupil was made unreadable for good: erasure by destruction of the pupil's data keys.

    PIPL Art. 47; 网络数据安全管理条例 (国务院令第790号) Art. 24. Their names stay in the events that they sealed, so
    anybody can see which events are meant, and nobody can see of whom they spoke.
    """

    erasure_id: Ref
    keys_destroyed: Count
    key_refs: Annotated[list[KeyRefText], Field(max_length=64)]
    """The newest, where there are more."""
    ground: ErasureGround
    legal_basis: ErasureBasis
    approver_ref: Ref
    requested_ms: EpochMs
    destroyed_ms: EpochMs


_WHO: Final[dict[str, Any]] = {"principal_ref": "p-0017", "role": "bureau"}
_CONSENT: Final[dict[str, Any]] = {
    "guardianship_id": "gs-4f0c2b7d9a31",
    "policy_version": "2026-09",
    "scopes": ["bus_run"],
}
_SHARE: Final[dict[str, Any]] = {"guardianship_id": "gs-4f0c2b7d9a31", "share_id": "sh-91d3e0a7c2b5"}


def _declared(name: str, data: type[EventData], subject: str, sample: dict[str, Any]) -> EventType:
    return event(
        f"access.{name}",
        data,
        subject=subject,
        sample=sample,
        classification=Classification.SENSITIVE,
        retention=RetentionClass.ACCESS,
    )


EVENTS: Final[tuple[EventType, ...]] = (
    _declared(
        "read",
        Read,
        "principal",
        _WHO
        | {
            "kind": "history",
            "systems": ["canteen"],
            "from_ms": 1_795_449_600_000,
            "to_ms": 1_795_536_000_000,
            "purpose": "complaint about the lunch of 24 November",
        },
    ),
    _declared("refused", Refused, "principal", _WHO | {"refusals": 3}),
    _declared(
        "emergency_taken",
        EmergencyTaken,
        "principal",
        _WHO
        | {
            "grant_id": "g-emergency-01",
            "systems": ["school_bus"],
            "purpose": "a child may be left on the bus",
            "valid_to_ms": 1_795_478_465_000,
        },
    ),
    _declared("grant_used", GrantUsed, "principal", _WHO | {"grant_id": "g-0042", "kind": "video"}),
    _declared(
        "invitation_issued",
        InvitationIssued,
        "principal",
        {
            "principal_ref": "p-0031",
            "role": "principal",
            "invitation_id": "inv-7a1f3c5e9b20",
            "not_after_ms": 1_796_686_265_000,
        },
    ),
    _declared(
        "invitation_redeemed",
        InvitationRedeemed,
        "guardianship",
        {"invitation_id": "inv-7a1f3c5e9b20", "guardianship_id": "gs-4f0c2b7d9a31"},
    ),
    _declared("consent_given", ConsentGiven, "guardianship", _CONSENT),
    _declared("consent_withdrawn", ConsentWithdrawn, "guardianship", _CONSENT),
    _declared("share_opened", ShareOpened, "guardianship", _SHARE | {"not_after_ms": 1_795_536_000_000}),
    _declared("share_closed", ShareClosed, "guardianship", _SHARE),
    _declared(
        "guardianship_ended",
        GuardianshipEnded,
        "guardianship",
        {"guardianship_id": "gs-4f0c2b7d9a31", "reason": "revoked", "sessions": 1},
    ),
    _declared(
        "subject_keys_destroyed",
        SubjectKeysDestroyed,
        "erasure",
        {
            "principal_ref": "p-0031",
            "role": "principal",
            "erasure_id": "er-3f9b6c0d1e27",
            "keys_destroyed": 1,
            "key_refs": ["q3T9xkZb0aLw7sYe"],
            "ground": "guardian_request",
            "legal_basis": "pipl_47_3",
            "approver_ref": "p-0007",
            "requested_ms": 1_795_449_600_000,
            "destroyed_ms": 1_795_453_200_000,
        },
    ),
)
"""Every type of the record of access."""
