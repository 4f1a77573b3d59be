"""What a principal sees at an instant, listed; and the next instant at which that may change by time alone."""

from collections.abc import Iterable

from api.authority.policy import Action, Target, authorize
from api.authority.principal import Principal
from schemas.ids import CampusId, ConsortiumId
from schemas.organisation import Organisation
from schemas.registry import Membership


def visible_campuses(principal: Principal, facts: Organisation, at_ms: int) -> list[CampusId]:
    """The campuses that the principal may read, in the order of their ids."""
    return sorted(
        campus_id
        for campus_id in _candidate_campuses(principal, facts, at_ms)
        if authorize(principal, Action.READ_CAMPUS, Target("campus", campus_id), facts, at_ms).allowed
    )


def _candidate_campuses(principal: Principal, facts: Organisation, at_ms: int) -> Iterable[CampusId]:
    """A superset that the scope makes plausible; the policy decides on each."""
    if principal.areas:
        return list(facts.campuses)
    found = set(principal.campuses)
    for campus_id in principal.campuses:
        found |= facts.paired_with(campus_id, at_ms)
    for consortium_id in principal.consortia:
        found.update(facts.members(consortium_id, at_ms))
    return found


def visible_consortia(principal: Principal, facts: Organisation, at_ms: int) -> list[ConsortiumId]:
    """The consortia that the principal may read, in the order of their ids."""
    candidates = facts.consortia if principal.areas else principal.consortia
    return sorted(
        consortium_id
        for consortium_id in candidates
        if authorize(principal, Action.READ_CONSORTIUM, Target("consortium", consortium_id), facts, at_ms).allowed
    )


def visible_members(
    principal: Principal, consortium_id: ConsortiumId, facts: Organisation, at_ms: int
) -> dict[CampusId, Membership]:
    """The members of a consortium that the principal may read, each with the edge that makes it one."""
    return {
        campus_id: edge
        for campus_id, edge in sorted(facts.members(consortium_id, at_ms).items())
        if authorize(principal, Action.READ_CAMPUS, Target("campus", campus_id), facts, at_ms).allowed
    }


def next_change_ms(facts: Organisation, at_ms: int) -> int | None:
    """The first instant after ``at_ms`` at which a dated fact begins or ends or a token expires; None: never."""
    return facts.next_change_ms(at_ms)
