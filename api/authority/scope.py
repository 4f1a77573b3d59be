"""What a principal may read of the past: which systems of which campus, from when until when.

Visibility follows the facts as they were at each instant: a campus that joined in October is seen from October on, and
still seen for that time after it has left. Every query of history takes a :class:`Scope`, and :func:`history_scope`
alone makes one, so no query can be without its predicate.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from api.authority.policy import Action, Target, authorize
from api.authority.principal import Principal
from schemas.ids import CampusId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Membership


@dataclass(frozen=True)
class Slot:
    """Systems of one campus that may be read from ``from_ms`` (inclusive) to ``to_ms`` (exclusive)."""

    campus_id: CampusId
    systems: frozenset[SystemName]
    from_ms: int
    to_ms: int


class Interval(NamedTuple):
    """``from_ms`` (inclusive) to ``to_ms`` (exclusive), epoch ms."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True)
class Scope:
    """What may be read: slots that do not overlap, by campus and time."""

    slots: tuple[Slot, ...]

    def is_empty(self) -> bool:
        """Whether nothing may be read at all."""
        return not self.slots


def history_scope(
    principal: Principal,
    facts: Organisation,
    campuses: Iterable[CampusId],
    systems: Iterable[SystemName],
    interval: Interval,
) -> Scope:
    """The part of campuses × systems × interval that the principal may read as history."""
    wanted = frozenset(systems)
    slots: list[Slot] = []
    for campus_id in sorted(set(campuses)):
        instants = [interval.from_ms, *_changes(facts, campus_id, interval), interval.to_ms]
        for start, end in pairwise(instants):
            allowed = frozenset(name for name in wanted if _may_read(principal, facts, campus_id, name, start))
            if allowed:
                _append(slots, Slot(campus_id, allowed, start, end))
    return Scope(tuple(slots))


def _may_read(principal: Principal, facts: Organisation, campus_id: CampusId, _system: SystemName, at_ms: int) -> bool:
    return authorize(principal, Action.READ_CAMPUS, Target("campus", campus_id), facts, at_ms).allowed


def _changes(facts: Organisation, campus_id: CampusId, interval: Interval) -> list[int]:
    """The instants within the interval at which what may be seen of a campus can change."""
    return sorted({at_ms for at_ms in _boundaries(facts, campus_id) if interval.from_ms < at_ms < interval.to_ms})


def _boundaries(facts: Organisation, campus_id: CampusId) -> Iterator[int]:
    for fact in facts.facts():
        if isinstance(fact, Membership) and fact.campus_id == campus_id:
            yield fact.valid_from_ms
            if fact.valid_to_ms is not None:
                yield fact.valid_to_ms


def _append(slots: list[Slot], slot: Slot) -> None:
    """Add a slot, or lengthen the one before when nothing but time differs."""
    last = slots[-1] if slots else None
    if last and (last.campus_id, last.systems, last.to_ms) == (slot.campus_id, slot.systems, slot.from_ms):
        slots[-1] = Slot(slot.campus_id, slot.systems, last.from_ms, slot.to_ms)
    else:
        slots.append(slot)
