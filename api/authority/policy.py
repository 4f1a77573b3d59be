"""The one question of authority, and the table that answers it. What the table does not allow is denied.

Membership is dated: a supervisor sees a campus while it is a member of a consortium in the token's scope, from the
first millisecond to the last. Two bureaus that share a consortium each see the campuses of their own county only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from api.authority.principal import Principal
from schemas.ids import AreaId, CampusId, ConsortiumId
from schemas.organisation import Organisation
from schemas.registry import Role


class Action(StrEnum):
    """What can be asked of the API."""

    READ_RULES = "rules.read"
    LIST_CONTENT = "content.list"
    """Ask for a list of which only the visible part is answered."""
    OPEN_STREAM = "stream.open"
    READ_AREA = "area.read"
    READ_CONSORTIUM = "consortium.read"
    READ_CAMPUS = "campus.read"


class Target(NamedTuple):
    """What the action is done to."""

    kind: Literal["api", "area", "consortium", "campus"]
    id: str = ""


API: Final = Target("api")


@dataclass(frozen=True)
class Verdict:
    """The answer, with the rule that gave it."""

    allowed: bool
    rule: str


Relation = Callable[[Principal, Target, Organisation, int], bool]


def anyone(_principal: Principal, target: Target, _facts: Organisation, _at_ms: int) -> bool:
    """Whoever holds the role."""
    return target == API


def scoped_consortium(principal: Principal, target: Target, facts: Organisation, _at_ms: int) -> bool:
    """A consortium that the token names."""
    consortium_id = ConsortiumId(target.id)
    return target.kind == "consortium" and consortium_id in principal.consortia and consortium_id in facts.consortia


def member_of_scoped_consortium(principal: Principal, target: Target, facts: Organisation, at_ms: int) -> bool:
    """A campus that is at this instant a member of a consortium that the token names."""
    campus_id = CampusId(target.id)
    if target.kind != "campus" or campus_id not in facts.campuses:
        return False
    consortia = facts.consortia_of(campus_id, at_ms)
    return any(consortium_id in principal.consortia and consortium_id in facts.consortia for consortium_id in consortia)


def scoped_campus(principal: Principal, target: Target, facts: Organisation, _at_ms: int) -> bool:
    """A campus that the token names."""
    campus_id = CampusId(target.id)
    return target.kind == "campus" and campus_id in principal.campuses and campus_id in facts.campuses


def area_in_scope(principal: Principal, target: Target, facts: Organisation, _at_ms: int) -> bool:
    """An area that is, or lies in, one that the token names."""
    area = facts.areas.get(AreaId(target.id)) if target.kind == "area" else None
    return area is not None and _is_in_scope(principal, area.area_id, facts)


def consortium_in_area(principal: Principal, target: Target, facts: Organisation, _at_ms: int) -> bool:
    """A consortium of an area that the token names."""
    consortium = facts.consortia.get(ConsortiumId(target.id)) if target.kind == "consortium" else None
    return consortium is not None and _is_in_scope(principal, consortium.area_id, facts)


def campus_in_area(principal: Principal, target: Target, facts: Organisation, _at_ms: int) -> bool:
    """A campus in an area that the token names."""
    campus = facts.campuses.get(CampusId(target.id)) if target.kind == "campus" else None
    return campus is not None and _is_in_scope(principal, campus.area_id, facts)


def _is_in_scope(principal: Principal, area_id: AreaId, facts: Organisation) -> bool:
    return any(facts.is_within(area_id, scope) for scope in principal.areas)


_READER: Final = {Action.READ_RULES: anyone, Action.LIST_CONTENT: anyone, Action.OPEN_STREAM: anyone}

POLICY: Final[Mapping[Role, Mapping[Action, Relation]]] = {
    Role.SUPERVISOR: {
        **_READER,
        Action.READ_CONSORTIUM: scoped_consortium,
        Action.READ_CAMPUS: member_of_scoped_consortium,
    },
    Role.PRINCIPAL: {
        **_READER,
        Action.READ_CAMPUS: scoped_campus,
    },
    Role.BUREAU: {
        **_READER,
        Action.READ_AREA: area_in_scope,
        Action.READ_CONSORTIUM: consortium_in_area,
        Action.READ_CAMPUS: campus_in_area,
    },
    Role.OPERATOR: {
        Action.READ_RULES: anyone,
    },
}


def authorize(principal: Principal, action: Action, target: Target, facts: Organisation, at_ms: int) -> Verdict:
    """Whether ``principal`` may do ``action`` to ``target`` at this instant, and by which rule."""
    relation = POLICY.get(principal.role, {}).get(action)
    if relation is None:
        return Verdict(allowed=False, rule=f"{principal.role}/{action}/deny_by_default")
    return Verdict(
        allowed=relation(principal, target, facts, at_ms), rule=f"{principal.role}/{action}/{relation.__name__}"
    )
