"""Which documents the asker may see of an instant; an auditor may ask what somebody else could see then."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Query

from api.authority.principal import Principal
from api.authority.scope import Interval, Slot, history_scope
from api.past.errors import AskedRoleError
from api.past.snapshots import DocumentId
from api.viewer import Viewer
from schemas.ids import AreaId, CampusId, ConsortiumId, PersonId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Appointment, Role, ScopeText

AsRole = Annotated[Role | None, Query(description="审计：以此角色查看 / auditors: with the eyes of this role")]
AsScope = Annotated[
    list[ScopeText], Query(description="该角色的范围 / that role's scope: consortium:…, campus:…, area:…")
]
AsPerson = Annotated[
    str | None, Query(description="审计：以此人查看 / auditors: with this person's eyes", max_length=64)
]


@dataclass(frozen=True)
class AskedEyes:
    """Whose eyes an auditor asks for; with nothing set, one's own."""

    role: Role | None = None
    scopes: tuple[str, ...] = ()
    person_id: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether nobody else's are asked for."""
        return self.role is None and self.person_id is None


def asked_eyes(as_role: AsRole = None, as_scope: AsScope = [], as_person: AsPerson = None) -> AskedEyes:  # noqa: B006 — FastAPI's way to declare a repeated parameter; never changed
    """The three parameters as one."""
    return AskedEyes(as_role, tuple(as_scope), as_person)


def visible_documents(
    viewer: Viewer, campus_ids: Collection[CampusId], systems: Iterable[SystemName], at_ms: int, eyes: AskedEyes
) -> frozenset[DocumentId]:
    """The documents that the asker may read of that instant, with their own eyes and with those asked for.

    Raises:
        AskedRoleError: only an auditor may ask for other eyes.
    """
    wanted, interval = tuple(systems), Interval(at_ms, at_ms + 1)
    own = _documents_of(viewer.history(campus_ids, wanted, interval).slots)
    if eyes.is_own:
        return own
    if viewer.principal.role is not Role.AUDITOR:
        raise AskedRoleError
    seen: set[DocumentId] = set()
    for principal in _principals(viewer.principal, viewer.api.facts, at_ms, eyes):
        scope = history_scope(principal, viewer.api.facts, campus_ids, wanted, interval)
        seen |= _documents_of(scope.slots)
    return own & seen


def _documents_of(slots: Iterable[Slot]) -> frozenset[DocumentId]:
    return frozenset(DocumentId(slot.campus_id, name) for slot in slots for name in slot.systems)


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
