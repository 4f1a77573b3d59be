"""How a principal stands to a campus at an instant, and thereby which columns of the matrix are asked."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from api.authority.matrix import ANY, Stands
from api.authority.principal import Principal
from schemas.dealings import NOTHING_SHARED, Shared
from schemas.ids import AreaId, CampusId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Consortium, Membership, Mode


class Footing(NamedTuple):
    """One way to stand to a campus."""

    column: str
    """A mode, or :data:`ANY`."""
    is_own_end: bool = False
    """The campus is the core campus of the consortium."""
    clauses: frozenset[SystemName] = frozenset()
    """What agreements in force open."""
    shared: Shared = NOTHING_SHARED
    """What is going on between the campus and the core campus of the consortium."""
    is_on_duty: bool = False
    """Whether the person is on duty over the campus (值班)."""


_PLAIN: Final = (Footing(ANY),)
_ON_DUTY: Final = (Footing(ANY, is_on_duty=True),)
_NONE: Final[tuple[Footing, ...]] = ()
_CORE: Final = Footing(Mode.FUSION.value, is_own_end=True)
"""A core school's own campus: no membership divides it from its own supervisor (2A: one legal person)."""

Footings = tuple[Footing, ...]


def by_membership(principal: Principal, facts: Organisation, campus_id: CampusId, at_ms: int) -> Footings:
    """One footing for each membership in force in a consortium of the scope."""
    return tuple(
        _by_edge(facts, facts.consortia[edge.consortium_id], edge, at_ms)
        for edge in facts.edges_of(campus_id)
        if edge.consortium_id in principal.consortia and edge.holds_at(at_ms) and edge.consortium_id in facts.consortia
    )


def _by_edge(facts: Organisation, consortium: Consortium, edge: Membership, at_ms: int) -> Footing:
    if consortium.core_campus_id == edge.campus_id:
        return _CORE
    clauses = facts.clauses_of(edge.membership_id, at_ms)
    return Footing(edge.mode.value, False, clauses, facts.shared_with_core(edge.campus_id, consortium, at_ms))


def by_campus(principal: Principal, facts: Organisation, campus_id: CampusId, at_ms: int) -> Footings:
    """The scope names the campus; a person may be on duty over it besides."""
    if campus_id not in principal.campuses:
        return _NONE
    person_id = principal.person_id
    return _ON_DUTY if person_id is not None and facts.is_on_duty(person_id, campus_id, at_ms) else _PLAIN


def by_area(principal: Principal, facts: Organisation, campus_id: CampusId, _at_ms: int) -> Footings:
    """The campus lies in an area of the scope."""
    return _PLAIN if _is_within(principal, facts, facts.campuses[campus_id].area_id) else _NONE


def by_mandate(principal: Principal, facts: Organisation, campus_id: CampusId, at_ms: int) -> Footings:
    """The campus is a member of a consortium that the scope names, or of one in an area that it names."""
    found = (facts.consortia.get(consortium_id) for consortium_id in facts.consortia_of(campus_id, at_ms))
    return _PLAIN if any(item is not None and _is_mandated(principal, facts, item) for item in found) else _NONE


def by_pair(principal: Principal, facts: Organisation, campus_id: CampusId, at_ms: int) -> Footings:
    """The campus is the other half of a cross-region pair of a campus in the scope."""
    return _PLAIN if not principal.campuses.isdisjoint(facts.paired_with(campus_id, at_ms)) else _NONE


def nowhere(_principal: Principal, _facts: Organisation, _campus_id: CampusId, _at_ms: int) -> Footings:
    """No footing at all."""
    return _NONE


def _is_mandated(principal: Principal, facts: Organisation, consortium: Consortium) -> bool:
    return consortium.consortium_id in principal.consortia or _is_within(principal, facts, consortium.area_id)


def _is_within(principal: Principal, facts: Organisation, area_id: AreaId) -> bool:
    return any(facts.is_within(area_id, scope) for scope in principal.areas)


_BY: Final[Mapping[Stands, Callable[[Principal, Organisation, CampusId, int], Footings]]] = {
    "membership": by_membership,
    "campus": by_campus,
    "area": by_area,
    "mandate": by_mandate,
    "pair": by_pair,
    "nowhere": nowhere,
}


def footings(stands: Stands, principal: Principal, facts: Organisation, campus_id: CampusId, at_ms: int) -> Footings:
    """Every way in which the principal stands to a campus at an instant; none for a campus that nobody knows."""
    if campus_id not in facts.campuses:
        return _NONE
    return _BY[stands](principal, facts, campus_id, at_ms)
