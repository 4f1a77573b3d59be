"""Whose eyes look at the past: the asker's, or, for an auditor, somebody else's as well."""

from dataclasses import dataclass

from api.authority.principal import Principal, principal_of_appointment, principal_of_role
from api.authority.scope import Interval, Scope, history_scope, intersect
from api.past.errors import AskedRoleError
from api.past.snapshots import DocumentId
from api.viewer import Viewer
from schemas.events import Classification
from schemas.ids import CampusId, PersonId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Role


@dataclass(frozen=True)
class AskedEyes:
    """Whose eyes an auditor asks for; with nothing set, nobody's but one's own."""

    role: Role | None = None
    scopes: tuple[str, ...] = ()
    person_id: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether nobody else's are asked for."""
        return self.role is None and self.person_id is None


OWN_EYES = AskedEyes()


@dataclass(frozen=True)
class Wanted:
    """What somebody asks to read: systems of campuses, over a time."""

    campus_ids: tuple[CampusId, ...]
    systems: tuple[SystemName, ...]
    interval: Interval


def readable(
    viewer: Viewer, wanted: Wanted, eyes: AskedEyes = OWN_EYES, *, classification: Classification | None = None
) -> Scope:
    """The part of what is wanted that the asker may read, and that the asked eyes could see then.

    Raises:
        AskedRoleError: only an auditor may ask for other eyes.
    """
    what = (wanted.campus_ids, wanted.systems, wanted.interval)
    own = viewer.history(*what, classification=classification)
    if eyes.is_own:
        return own
    if viewer.principal.role is not Role.AUDITOR:
        raise AskedRoleError
    facts = viewer.api.facts
    seen = [
        history_scope(principal, facts, *what, classification=classification)
        for principal in _principals(facts, wanted.interval.from_ms, eyes)
    ]
    return Scope(tuple(slot for other in seen for slot in intersect(own, other).slots))


def documents_of(scope: Scope) -> frozenset[DocumentId]:
    """The documents of a scope that was asked for one instant."""
    return frozenset(DocumentId(slot.campus_id, name) for slot in scope.slots for name in slot.systems)


def _principals(facts: Organisation, at_ms: int, eyes: AskedEyes) -> list[Principal]:
    """Everybody that the asked eyes stood for at the instant."""
    if eyes.role is not None:
        return [principal_of_role(eyes.role, eyes.scopes)]
    held = [
        fact
        for fact in facts.appointments.values()
        if fact.person_id == PersonId(eyes.person_id or "") and fact.holds_at(at_ms)
    ]
    return [principal_of_appointment(appointment) for appointment in held]
