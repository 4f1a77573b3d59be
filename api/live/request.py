"""What a stream was asked to show, and what of it the reader may see at an instant."""

from typing import NamedTuple

from api.authority.policy import API, Action, Target, authorize
from api.authority.principal import Principal, is_valid
from api.authority.sight import rollup_sight_of, sight_of
from api.authority.visible import visible_campuses, visible_consortia, visible_members
from api.live.audience import Seen, Selection
from schemas.ids import AreaId, CampusId, ConsortiumId, SystemName
from schemas.organisation import Organisation


class StreamRequest(NamedTuple):
    """Scopes and systems as asked for; no scope means everything visible, no system means all."""

    principal: Principal
    scopes: tuple[Target, ...]
    systems: frozenset[SystemName] | None


def select(request: StreamRequest, facts: Organisation, at_ms: int) -> Selection | None:
    """The entities that the request may show at this instant; None when the token or one of its scopes no longer may.

    A consortium brings its members at this instant, an area everything visible within it.
    """
    principal = request.principal
    if not is_valid(principal, facts, at_ms):
        return None
    if not authorize(principal, Action.OPEN_STREAM, API, facts, at_ms).allowed:
        return None
    if not request.scopes:
        campuses = frozenset(visible_campuses(principal, facts, at_ms))
        consortia = frozenset(visible_consortia(principal, facts, at_ms))
        return _with_sights(request, campuses, consortia, facts, at_ms)
    parts = [_of_scope(principal, scope, facts, at_ms) for scope in request.scopes]
    allowed = [part for part in parts if part is not None]
    if len(allowed) < len(parts):
        return None
    campuses = frozenset().union(*(part.campuses for part in allowed))
    consortia = frozenset().union(*(part.consortia for part in allowed))
    return _with_sights(request, campuses, consortia, facts, at_ms)


def _with_sights(
    request: StreamRequest,
    campuses: frozenset[CampusId],
    consortia: frozenset[ConsortiumId],
    facts: Organisation,
    at_ms: int,
) -> Selection:
    principal = request.principal
    seen: list[Seen] = [("campus", found, sight_of(principal, facts, found, at_ms)) for found in campuses]
    seen += [("consortium", found, rollup_sight_of(principal, facts, found, at_ms)) for found in consortia]
    return Selection(campuses, consortia, request.systems, frozenset(seen))


_ACTIONS = {"campus": Action.READ_CAMPUS, "consortium": Action.READ_CONSORTIUM, "area": Action.READ_AREA}


def _of_scope(principal: Principal, scope: Target, facts: Organisation, at_ms: int) -> Selection | None:
    if not authorize(principal, _ACTIONS[scope.kind], scope, facts, at_ms).allowed:
        return None
    match scope.kind:
        case "campus":
            return Selection(frozenset({CampusId(scope.id)}), frozenset())
        case "consortium":
            consortium_id = ConsortiumId(scope.id)
            members = visible_members(principal, consortium_id, facts, at_ms)
            return Selection(frozenset(members), frozenset({consortium_id}))
        case _:
            return _of_area(principal, AreaId(scope.id), facts, at_ms)


def _of_area(principal: Principal, area_id: AreaId, facts: Organisation, at_ms: int) -> Selection:
    campuses = (
        campus_id
        for campus_id in visible_campuses(principal, facts, at_ms)
        if facts.is_within(facts.campuses[campus_id].area_id, area_id)
    )
    consortia = (
        consortium_id
        for consortium_id in visible_consortia(principal, facts, at_ms)
        if facts.is_within(facts.consortia[consortium_id].area_id, area_id)
    )
    return Selection(frozenset(campuses), frozenset(consortia))
