"""What each role may ask of the API at all, and of which things. What the table does not allow is denied.

This is the outer door: whether a thing exists for somebody. What may be seen of a campus, system by system, is the
matrix behind it (:mod:`api.authority.decide`).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from api.authority.principal import Principal
from api.authority.relations import (
    API,
    Relation,
    Target,
    anyone,
    area_in_scope,
    campus_in_area,
    campus_of_pair,
    consortium_in_area,
    fused_member_of_scoped_consortium,
    mandated_consortium,
    member_of_mandated_consortium,
    member_of_scoped_consortium,
    scoped_campus,
    scoped_campus_on_duty,
    scoped_consortium,
)
from api.authority.verdict import Verdict
from schemas.organisation import Organisation
from schemas.registry import Role

__all__ = ["API", "POLICY", "Action", "Target", "Verdict", "authorize"]


class Action(StrEnum):
    """What can be asked of the API."""

    READ_RULES = "rules.read"
    LIST_CONTENT = "content.list"
    """Ask for a list of which only the visible part is answered."""
    OPEN_STREAM = "stream.open"
    READ_AREA = "area.read"
    READ_CONSORTIUM = "consortium.read"
    READ_CAMPUS = "campus.read"
    APPROVE_GRANT = "grant.approve"
    """Give somebody else a time-boxed grant for a campus."""
    TAKE_EMERGENCY = "grant.emergency"
    """Break the glass: take access to a campus by oneself while an alert of severity 1 is open there."""
    APPLY_FACTS = "facts.apply"
    """Change the organisation of one's own area, or what a campus states of itself: its rota and its escalations."""


_RULES: Final[Mapping[Action, Relation]] = {Action.READ_RULES: anyone}
_READER: Final[Mapping[Action, Relation]] = {**_RULES, Action.LIST_CONTENT: anyone, Action.OPEN_STREAM: anyone}
_OF_CONSORTIA: Final[Mapping[Action, Relation]] = {
    **_READER,
    Action.TAKE_EMERGENCY: member_of_scoped_consortium,
    Action.READ_CONSORTIUM: scoped_consortium,
    Action.READ_CAMPUS: member_of_scoped_consortium,
}
_AT_CAMPUSES: Final[Mapping[Action, Relation]] = {**_READER, Action.READ_CAMPUS: scoped_campus}
_OF_AREAS: Final[Mapping[Action, Relation]] = {
    **_READER,
    Action.READ_AREA: area_in_scope,
    Action.READ_CONSORTIUM: consortium_in_area,
    Action.READ_CAMPUS: campus_in_area,
}
_ABOVE_CAMPUSES: Final[Mapping[Action, Relation]] = {
    action: relation for action, relation in _OF_AREAS.items() if action != Action.READ_CAMPUS
}

POLICY: Final[Mapping[Role, Mapping[Action, Relation]]] = {
    Role.SUPERVISOR: _OF_CONSORTIA,
    Role.HEAD: {**_OF_CONSORTIA, Action.APPROVE_GRANT: fused_member_of_scoped_consortium},
    Role.PRINCIPAL: {
        **_AT_CAMPUSES,
        Action.APPROVE_GRANT: scoped_campus,
        Action.TAKE_EMERGENCY: scoped_campus,
        Action.APPLY_FACTS: anyone,
    },
    Role.STAFF: {**_AT_CAMPUSES, Action.TAKE_EMERGENCY: scoped_campus_on_duty},
    Role.AREA_LEAD: {
        **_READER,
        Action.READ_CONSORTIUM: mandated_consortium,
        Action.READ_CAMPUS: member_of_mandated_consortium,
    },
    Role.BUREAU: {
        **_OF_AREAS,
        Action.APPROVE_GRANT: campus_in_area,
        Action.TAKE_EMERGENCY: campus_in_area,
        Action.APPLY_FACTS: anyone,
    },
    Role.TOWNSHIP: _OF_AREAS,
    Role.CITY: _OF_AREAS,
    Role.PROVINCE: _ABOVE_CAMPUSES,
    Role.PARTNER: {**_READER, Action.READ_CAMPUS: campus_of_pair},
    Role.GUARDIAN: {},
    Role.BUS_OPERATOR: _AT_CAMPUSES,
    Role.INSPECTOR: _OF_AREAS,
    Role.AUDITOR: _OF_AREAS,
    Role.INVESTIGATOR: _RULES,
    Role.OPERATOR: _RULES,
}


def authorize(principal: Principal, action: Action, target: Target, facts: Organisation, at_ms: int) -> Verdict:
    """Whether ``principal`` may do ``action`` to ``target`` at this instant, and by which rule."""
    relation = POLICY.get(principal.role, {}).get(action)
    if relation is None:
        return Verdict(allowed=False, rule=f"{principal.role}/{action}/deny_by_default")
    return Verdict(
        allowed=relation(principal, target, facts, at_ms), rule=f"{principal.role}/{action}/{relation.__name__}"
    )


def may_ever(principal: Principal, action: Action) -> Verdict:
    """Whether the role may do this to anything at all: 403 where it may not, 404 where it may and not to this."""
    allowed = action in POLICY.get(principal.role, {})
    return Verdict(allowed=allowed, rule=f"{principal.role}/{action}/{'known' if allowed else 'deny_by_default'}")
