"""What a campus and the core school of a consortium have to do with each other at an instant. Pure."""

from collections.abc import Collection
from typing import Final, NamedTuple

from schemas.ids import CampusId, SystemName
from schemas.registry import Consortium, Escalation, JointSession, ProjectVisit, SharedBus

_NO_SYSTEM: Final[frozenset[SystemName]] = frozenset()
Dealing = JointSession | SharedBus | ProjectVisit | Escalation


class Shared(NamedTuple):
    """What is going on between a campus and a core school."""

    joint: frozenset[SystemName] = _NO_SYSTEM
    """What is shared in sessions in which both take part."""
    hosted: frozenset[SystemName] = _NO_SYSTEM
    """What is shared in those of them that the core school hosts."""
    escalated: frozenset[SystemName] = _NO_SYSTEM
    """What the campus shows to the consortium of its own accord."""
    carries_pupils: bool = False
    """Whether the campus's buses carry pupils of the core school."""
    is_visited: bool = False
    """Whether teachers of one of them work at the other for a project."""


NOTHING_SHARED: Final = Shared()


def campuses_of(dealing: Dealing) -> frozenset[CampusId]:
    """The campuses that a dealing names."""
    match dealing:
        case JointSession():
            return dealing.campus_ids | {dealing.host_campus_id}
        case SharedBus():
            return dealing.rider_campus_ids | {dealing.campus_id}
        case ProjectVisit():
            return frozenset({dealing.from_campus_id, dealing.to_campus_id})
        case Escalation():
            return frozenset({dealing.campus_id})


def shared_at(dealings: Collection[Dealing], campus_id: CampusId, consortium: Consortium, at_ms: int) -> Shared:
    """What the dealings of a campus say, at an instant, of it and the core school of a consortium."""
    core = consortium.core_campus_id
    shared = NOTHING_SHARED
    for dealing in dealings:
        if not dealing.holds_at(at_ms):
            continue
        match dealing:
            case JointSession() if core in campuses_of(dealing):
                hosted = dealing.systems if dealing.host_campus_id == core else _NO_SYSTEM
                shared = shared._replace(joint=shared.joint | dealing.systems, hosted=shared.hosted | hosted)
            case SharedBus() if dealing.campus_id == campus_id and core in dealing.rider_campus_ids:
                shared = shared._replace(carries_pupils=True)
            case ProjectVisit() if core in campuses_of(dealing):
                shared = shared._replace(is_visited=True)
            case Escalation() if dealing.consortium_id == consortium.consortium_id:
                shared = shared._replace(escalated=shared.escalated | dealing.systems)
    return shared
