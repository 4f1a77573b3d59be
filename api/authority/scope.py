"""What a principal may read of the past: which systems of which campus, from when until when.

Visibility follows the facts as they were at each instant: a campus that joined in October is seen from October on, and
still seen for that time after it has left. Every query of history takes a :class:`Scope`, and :func:`history_scope`
alone makes one, so no query can be without its predicate.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from api.authority.decide import Object, decide
from api.authority.principal import Principal
from schemas.events import Classification
from schemas.ids import CampusId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Access
from schemas.timeline import boundaries_of


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


def history_scope(  # noqa: PLR0913 — the question has these parts, and the last is seldom given
    principal: Principal,
    facts: Organisation,
    campuses: Iterable[CampusId],
    systems: Iterable[SystemName],
    interval: Interval,
    *,
    granted_at_ms: int | None = None,
    access: Access = Access.HISTORY,
    classification: Classification | None = None,
) -> Scope:
    """The part of campuses × systems × interval that the principal may read as history.

    Args:
        principal: who asks; a person sees the time of the appointment in which they ask, and no other.
        facts: the organisation.
        campuses: those that are asked for.
        systems: those that are asked for.
        interval: what is asked for.
        granted_at_ms: the instant at which a grant must hold. None: each instant that is read, as it was then.
        access: in which form it is to be told: ``HISTORY`` whole, ``AGGREGATE`` as counts.
        classification: of the events that are asked for, where it is one; the rules on minors look at it.
    """
    wanted = frozenset(systems)
    held = _held(principal, facts, interval)
    slots: list[Slot] = []
    for campus_id in sorted(set(campuses)) if held.from_ms < held.to_ms else ():
        for start, end in pairwise([held.from_ms, *_changes(principal, facts, campus_id, held), held.to_ms]):
            allowed = frozenset(
                name
                for name in wanted
                if decide(
                    facts,
                    principal,
                    access,
                    Object(campus_id, name, classification),
                    start,
                    granted_at_ms=granted_at_ms,
                ).allowed
            )
            if allowed:
                _append(slots, Slot(campus_id, allowed, start, end))
    return Scope(tuple(slots))


def _held(principal: Principal, facts: Organisation, interval: Interval) -> Interval:
    """The part of an interval in which the appointment holds; all of it for a program's token."""
    if principal.appointment_id is None:
        return interval
    appointment = facts.appointments.get(principal.appointment_id)
    if appointment is None:
        return Interval(interval.to_ms, interval.to_ms)
    end_ms = interval.to_ms if appointment.valid_to_ms is None else min(interval.to_ms, appointment.valid_to_ms)
    return Interval(max(interval.from_ms, appointment.valid_from_ms), end_ms)


def _changes(principal: Principal, facts: Organisation, campus_id: CampusId, interval: Interval) -> list[int]:
    """The instants within the interval at which what may be seen of a campus can change."""
    instants = facts.changes_of_campus(campus_id)
    if principal.person_id is not None:
        grants = (grant for grant in facts.grants_of(principal.person_id) if campus_id in grant.campus_ids)
        held = (*grants, *facts.duties_of(principal.person_id))
        instants |= {at_ms for fact in held for at_ms in boundaries_of(fact)}
    return sorted(at_ms for at_ms in instants if interval.from_ms < at_ms < interval.to_ms)


def _append(slots: list[Slot], slot: Slot) -> None:
    """Add a slot, or lengthen the one before when nothing but time differs."""
    last = slots[-1] if slots else None
    if last and (last.campus_id, last.systems, last.to_ms) == (slot.campus_id, slot.systems, slot.from_ms):
        slots[-1] = Slot(slot.campus_id, slot.systems, last.from_ms, slot.to_ms)
    else:
        slots.append(slot)


def intersect(one: Scope, other: Scope) -> Scope:
    """What both scopes allow."""
    others: dict[CampusId, list[Slot]] = defaultdict(list)
    for slot in other.slots:
        others[slot.campus_id].append(slot)
    return Scope(tuple(part for slot in one.slots for mate in others[slot.campus_id] for part in _common(slot, mate)))


def _common(slot: Slot, mate: Slot) -> Iterator[Slot]:
    part = overlap(Interval(slot.from_ms, slot.to_ms), Interval(mate.from_ms, mate.to_ms))
    systems = slot.systems & mate.systems
    if systems and part.from_ms < part.to_ms:
        yield replace(slot, systems=systems, from_ms=part.from_ms, to_ms=part.to_ms)


def overlap(one: Interval, other: Interval) -> Interval:
    """What two intervals share; it ends before it begins where they share nothing."""
    return Interval(max(one.from_ms, other.from_ms), min(one.to_ms, other.to_ms))
