"""Which facts somebody may change: a bureau those that speak of its own area and of nothing else. Pure.

A principal states two kinds of facts, of the own campuses only: who is on duty, and what the campus shows to its
consortium of its own accord.

Credentials and grants are not among them, whoever asks: they have routes of their own, with rules of their own. Nor is
an appointment above the area: nobody appoints their own superior.
"""

from collections.abc import Iterator
from typing import Final

from api.authority.principal import Principal
from schemas.dealings import campuses_of
from schemas.ids import AreaId, CampusId
from schemas.organisation import Organisation, StoredFact
from schemas.registry import (
    Agreement,
    Appointment,
    Area,
    Campus,
    Consortium,
    CrossRegionPair,
    Duty,
    Escalation,
    JointSession,
    Membership,
    Person,
    ProjectVisit,
    Role,
    SharedBus,
    fact_key,
)

_ABOVE: Final = frozenset({Role.CITY, Role.PROVINCE, Role.AUDITOR, Role.INVESTIGATOR, Role.OPERATOR, Role.GUARDIAN})


def out_of_reach(facts: tuple[StoredFact, ...], principal: Principal, known: Organisation) -> list[str]:
    """The keys of the facts that the principal may not write, as they are to be and, where they exist, as they are."""
    world = _World(facts, known)
    refused = []
    for fact in facts:
        before = known.fact(fact_key(fact))
        if not world.is_within(fact, principal) or (before is not None and not world.is_within(before, principal)):
            refused.append(fact_key(fact))
    return refused


def _is_own_statement(fact: StoredFact, principal: Principal) -> bool:
    match fact:
        case Escalation():
            return fact.campus_id in principal.campuses
        case Duty():
            kind, _, name = fact.scope.partition(":")
            return kind == "campus" and CampusId(name) in principal.campuses
        case _:
            return False


class _World:
    """What is known, with the facts to be written on top."""

    def __init__(self, facts: tuple[StoredFact, ...], known: Organisation) -> None:
        self._new = {fact_key(fact): fact for fact in facts}
        self._known = known

    def is_within(self, fact: StoredFact, principal: Principal) -> bool:
        if principal.role is Role.PRINCIPAL:
            return _is_own_statement(fact, principal)
        if isinstance(fact, Person):
            return True
        if isinstance(fact, Appointment) and fact.role in _ABOVE:
            return False
        areas = list(self._areas(fact))
        return bool(areas) and all(area_id is not None and self._is_in_scope(area_id, principal) for area_id in areas)

    def _areas(self, fact: StoredFact) -> Iterator[AreaId | None]:
        """Every area that a fact speaks of; None for one that cannot be told. Nothing: the fact is nobody's here."""
        match fact:
            case Area():
                yield fact.area_id if fact.parent_id is None else fact.parent_id
            case Campus() | Consortium():
                yield fact.area_id
            case Membership():
                yield from (self._area_of("campus", fact.campus_id), self._area_of("consortium", fact.consortium_id))
            case Agreement():
                yield from self._areas_of_membership(f"membership/{fact.membership_id}")
            case CrossRegionPair():
                yield from (self._area_of("campus", campus_id) for campus_id in fact.campus_ids)
            case JointSession() | SharedBus() | ProjectVisit() | Escalation():
                yield from (self._area_of("campus", campus_id) for campus_id in campuses_of(fact))
            case Appointment():
                yield from map(self._area_of_scope, fact.scope)
            case Duty():
                yield self._area_of_scope(fact.scope)
            case _:
                return

    def _areas_of_membership(self, key: str) -> Iterator[AreaId | None]:
        found = self._new.get(key) or self._known.fact(key)
        if isinstance(found, Membership):
            yield from self._areas(found)

    def _area_of_scope(self, scope: str) -> AreaId | None:
        kind, _, entity_id = scope.partition(":")
        return AreaId(entity_id) if kind == "area" else self._area_of(kind, entity_id)

    def _area_of(self, kind: str, entity_id: str) -> AreaId | None:
        found = self._new.get(f"{kind}/{entity_id}") or self._known.fact(f"{kind}/{entity_id}")
        return found.area_id if isinstance(found, Campus | Consortium) else None

    def _is_in_scope(self, area_id: AreaId, principal: Principal) -> bool:
        seen: set[AreaId] = set()
        current: AreaId | None = area_id
        while current is not None and current not in seen:
            if current in principal.areas:
                return True
            seen.add(current)
            area = self._known.areas.get(current) or self._new.get(f"area/{current}")
            current = area.parent_id if isinstance(area, Area) else None
        return False
