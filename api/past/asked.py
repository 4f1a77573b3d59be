"""Whose eyes look at the past: the asker's, or, for an auditor, somebody else's as well."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from api.authority.principal import Principal
from api.authority.scope import Interval, Scope, Slot, history_scope
from api.past.errors import AskedRoleError
from api.past.snapshots import DocumentId
from api.viewer import Viewer
from schemas.events import Classification
from schemas.ids import AreaId, CampusId, ConsortiumId, PersonId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Appointment, Role


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
        for principal in _principals(viewer.principal, facts, wanted.interval.from_ms, eyes)
    ]
    return Scope(tuple(slot for other in seen for slot in _common(own.slots, other.slots)))


def documents_of(scope: Scope) -> frozenset[DocumentId]:
    """The documents of a scope that was asked for one instant."""
    return frozenset(DocumentId(slot.campus_id, name) for slot in scope.slots for name in slot.systems)


def _common(own: Iterable[Slot], others: Iterable[Slot]) -> Iterable[Slot]:
    """Where both may read."""
    others = tuple(others)
    for mine in own:
        for other in others:
            systems = mine.systems & other.systems
            start, end = max(mine.from_ms, other.from_ms), min(mine.to_ms, other.to_ms)
            if mine.campus_id == other.campus_id and systems and start < end:
                yield Slot(mine.campus_id, systems, start, end)


def _principals(auditor: Principal, facts: Organisation, at_ms: int, eyes: AskedEyes) -> list[Principal]:
    """Everybody that the asked eyes stood for at the instant."""
    if eyes.role is not None:
        return [_as(auditor, eyes.role, eyes.scopes)]
    held = [
        fact
        for fact in facts.appointments.values()
        if fact.person_id == PersonId(eyes.person_id or "") and fact.holds_at(at_ms)
    ]
    return [_appointed(auditor, appointment) for appointment in held]


def _as(auditor: Principal, role: Role, scopes: Iterable[str]) -> Principal:
    kinds: dict[str, set[str]] = {"consortium": set(), "campus": set(), "area": set()}
    for scope in scopes:
        kind, _, name = scope.partition(":")
        kinds[kind].add(name)
    return replace(
        auditor,
        role=role,
        consortia=frozenset(map(ConsortiumId, kinds["consortium"])),
        campuses=frozenset(map(CampusId, kinds["campus"])),
        areas=frozenset(map(AreaId, kinds["area"])),
        person_id=None,
        appointment_id=None,
        centres=frozenset(),
    )


def _appointed(auditor: Principal, appointment: Appointment) -> Principal:
    return replace(
        _as(auditor, appointment.role, appointment.scope),
        person_id=appointment.person_id,
        appointment_id=appointment.appointment_id,
        centres=appointment.centres,
    )
