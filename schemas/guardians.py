"""The guardians, folded from facts: pure lookups over what is known. Part of the fold of ``campus.identity``."""

from collections import defaultdict

from schemas.guardianship import (
    Consent,
    GuardianSession,
    Guardianship,
    GuardianshipEnd,
    Invitation,
    ShareLink,
)
from schemas.ids import CampusId, GuardianId, GuardianshipId, InvitationId, ShareId, TokenId
from schemas.registry import Fact


def guardianship_id_of(invitation_id: InvitationId) -> GuardianshipId:
    """The guardianship that an invitation makes: one key, so that one invitation can never make two."""
    return GuardianshipId(f"ch-{invitation_id.removeprefix('inv-')}")


class Guardians:
    """Everything that the facts say about guardians. Changed by the fold alone; ``version`` grows with every change."""

    def __init__(self) -> None:
        self.version = 0
        self.invitations: dict[InvitationId, Invitation] = {}
        self.guardianships: dict[GuardianshipId, Guardianship] = {}
        self.ends: dict[GuardianshipId, GuardianshipEnd] = {}
        self.consents: dict[GuardianshipId, Consent] = {}
        self.sessions: dict[TokenId, GuardianSession] = {}
        self.shares: dict[ShareId, ShareLink] = {}
        self._of_guardian: dict[GuardianId, set[GuardianshipId]] = defaultdict(set)
        self._exchanged: dict[ShareId, set[TokenId]] = defaultdict(set)

    def is_exchanged(self, share_id: ShareId) -> bool:
        """Whether a share's code has been used."""
        return bool(self._exchanged.get(share_id))

    def of_guardian(self, guardian_id: GuardianId) -> list[Guardianship]:
        """The guardianships of a guardian that have not ended, in the order of their ids."""
        found = sorted(self._of_guardian.get(guardian_id, ()))
        return [self.guardianships[name] for name in found if name not in self.ends]

    def of_campus(self, campus_id: CampusId) -> list[Guardianship]:
        """Every guardianship of a campus, ended ones included, in the order of their ids."""
        return sorted(
            (found for found in self.guardianships.values() if found.campus_id == campus_id),
            key=lambda found: found.guardianship_id,
        )

    def has_consent(self, guardianship_id: GuardianshipId, policy_version: str) -> bool:
        """Whether the guardian's newest word allows the run to be shown, under this version of the policy."""
        consent = self.consents.get(guardianship_id)
        return (
            consent is not None
            and consent.is_given
            and "bus_run" in consent.scopes
            and consent.policy_version == policy_version
        )

    def link(self, fact: Fact) -> None:
        """Take a fact in; one of another kind says nothing about guardians."""
        self.version += 1
        match fact:
            case Invitation():
                self.invitations[fact.invitation_id] = fact
            case Guardianship():
                self.guardianships[fact.guardianship_id] = fact
                self._of_guardian[fact.guardian_id].add(fact.guardianship_id)
            case GuardianshipEnd():
                self.ends[fact.guardianship_id] = fact
            case Consent():
                self.consents[fact.guardianship_id] = fact
            case GuardianSession():
                self.sessions[fact.session_id] = fact
                if fact.share_id is not None:
                    self._exchanged[fact.share_id].add(fact.session_id)
            case ShareLink():
                self.shares[fact.share_id] = fact
            case _:
                pass

    def unlink(self, fact: Fact) -> None:
        """Take a fact out again."""
        self.version += 1
        match fact:
            case Invitation():
                self.invitations.pop(fact.invitation_id, None)
            case Guardianship():
                self.guardianships.pop(fact.guardianship_id, None)
                self._of_guardian[fact.guardian_id].discard(fact.guardianship_id)
            case GuardianshipEnd():
                self.ends.pop(fact.guardianship_id, None)
            case Consent():
                self.consents.pop(fact.guardianship_id, None)
            case GuardianSession():
                self.sessions.pop(fact.session_id, None)
                if fact.share_id is not None:
                    self._exchanged[fact.share_id].discard(fact.session_id)
            case ShareLink():
                self.shares.pop(fact.share_id, None)
            case _:
                pass
