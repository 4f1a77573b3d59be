"""How a principal stands to a campus at an instant, and thereby which columns of the matrix are asked."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from api.authority.matrix import ANY, Stands
from api.authority.principal import Principal
from schemas.ids import AreaId, CampusId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Consortium, Mode


class Footing(NamedTuple):
    """One way to stand to a campus."""

    column: str
    """A mode, or :data:`ANY`."""
    is_own_end: bool = False
    """The campus is the core campus of the consortium."""
    clauses: frozenset[SystemName] = frozenset()
    """What agreements in force open."""


_PLAIN: Final = (Footing(ANY),)
_NONE: Final[tuple[Footing, ...]] = ()
_CORE: Final = Footing(Mode.FUSION.value, is_own_end=True)
"""A core school's own campus: no membership divides it from its own supervisor (2A: one legal person)."""

Footings = tuple[Footing, ...]


def by_membership(principal: Principal, facts: Organisation, campus_id: CampusId, at_ms: int) -> Footings:
    """One footing for each membership in force in a consortium of the scope."""
    return tuple(
        _CORE
        if facts.consortia[edge.consortium_id].core_campus_id == campus_id
        else Footing(edge.mode.value, is_own_end=False, clauses=facts.clauses_of(edge.membership_id, at_ms))
        for edge in facts.edges_of(campus_id)
        if edge.consortium_id in principal.consortia and edge.holds_at(at_ms) and edge.consortium_id in facts.consortia
    )


def by_campus(principal: Principal, _facts: Organisation, campus_id: CampusId, _at_ms: int) -> Footings:
    """The scope names the campus."""
    return _PLAIN if campus_id in principal.campuses else _NONE


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
