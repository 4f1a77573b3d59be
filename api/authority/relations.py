"""How a principal may stand to a thing: each relation is a pure yes or no over facts and an instant.

Membership is dated: a supervisor stands to a campus while it is a member of a consortium in the scope, from the first
millisecond to the last. Two bureaus that share a consortium each stand to the campuses of their own county only.
"""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from api.authority.principal import Principal
from schemas.ids import AreaId, CampusId, ConsortiumId
from schemas.organisation import Organisation
from schemas.registry import Mode


class Target(NamedTuple):
    """What an action is done to."""

    kind: Literal["api", "area", "consortium", "campus"]
    id: str = ""


API: Final = Target("api")

Relation = Callable[[Principal, Target, Organisation, int], bool]


def anyone(_principal: Principal, target: Target, _facts: Organisation, _at_ms: int) -> bool:
    """Whoever holds the role."""
    return target == API


def scoped_consortium(principal: Principal, target: Target, facts: Organisation, _at_ms: int) -> bool:
    """A consortium that the scope names."""
    consortium_id = ConsortiumId(target.id)
    return target.kind == "consortium" and consortium_id in principal.consortia and consortium_id in facts.consortia


def member_of_scoped_consortium(principal: Principal, target: Target, facts: Organisation, at_ms: int) -> bool:
    """A campus that is at this instant a member of a consortium that the scope names."""
    campus_id = CampusId(target.id)
    if target.kind != "campus" or campus_id not in facts.campuses:
        return False
    consortia = facts.consortia_of(campus_id, at_ms)
    return any(consortium_id in principal.consortia and consortium_id in facts.consortia for consortium_id in consortia)


def fused_member_of_scoped_consortium(principal: Principal, target: Target, facts: Organisation, at_ms: int) -> bool:
    """A campus that is one legal person with a consortium that the scope names (融合型, 2A)."""
    if target.kind != "campus" or target.id not in facts.campuses:
        return False
    edges = facts.consortia_of(CampusId(target.id), at_ms)
    return any(found in principal.consortia and edge.mode is Mode.FUSION for found, edge in edges.items())


def scoped_campus(principal: Principal, target: Target, facts: Organisation, _at_ms: int) -> bool:
    """A campus that the scope names."""
    campus_id = CampusId(target.id)
    return target.kind == "campus" and campus_id in principal.campuses and campus_id in facts.campuses


def scoped_campus_on_duty(principal: Principal, target: Target, facts: Organisation, at_ms: int) -> bool:
    """A campus that the scope names, while the person is on duty over it (值班)."""
    if principal.person_id is None or not scoped_campus(principal, target, facts, at_ms):
        return False
    return facts.is_on_duty(principal.person_id, CampusId(target.id), at_ms)


def campus_of_pair(principal: Principal, target: Target, facts: Organisation, at_ms: int) -> bool:
    """A campus that the scope names, or the other half of its cross-region pair at this instant."""
    if target.kind != "campus" or target.id not in facts.campuses:
        return False
    halves = facts.paired_with(CampusId(target.id), at_ms)
    return target.id in principal.campuses or not principal.campuses.isdisjoint(halves)


def area_in_scope(principal: Principal, target: Target, facts: Organisation, _at_ms: int) -> bool:
    """An area that is, or lies in, one that the scope names."""
    area = facts.areas.get(AreaId(target.id)) if target.kind == "area" else None
    return area is not None and _is_in_scope(principal, area.area_id, facts)


def consortium_in_area(principal: Principal, target: Target, facts: Organisation, _at_ms: int) -> bool:
    """A consortium of an area that the scope names."""
    consortium = facts.consortia.get(ConsortiumId(target.id)) if target.kind == "consortium" else None
    return consortium is not None and _is_in_scope(principal, consortium.area_id, facts)


def campus_in_area(principal: Principal, target: Target, facts: Organisation, _at_ms: int) -> bool:
    """A campus in an area that the scope names."""
    campus = facts.campuses.get(CampusId(target.id)) if target.kind == "campus" else None
    return campus is not None and _is_in_scope(principal, campus.area_id, facts)


def mandated_consortium(principal: Principal, target: Target, facts: Organisation, at_ms: int) -> bool:
    """A consortium that the scope names, or one of an area that it names (片区长, by mandate of the bureau)."""
    return scoped_consortium(principal, target, facts, at_ms) or consortium_in_area(principal, target, facts, at_ms)


def member_of_mandated_consortium(principal: Principal, target: Target, facts: Organisation, at_ms: int) -> bool:
    """A campus that is at this instant a member of a mandated consortium."""
    if target.kind != "campus" or target.id not in facts.campuses:
        return False
    consortia = facts.consortia_of(CampusId(target.id), at_ms)
    return any(mandated_consortium(principal, Target("consortium", found), facts, at_ms) for found in consortia)


def _is_in_scope(principal: Principal, area_id: AreaId, facts: Organisation) -> bool:
    return any(facts.is_within(area_id, scope) for scope in principal.areas)
