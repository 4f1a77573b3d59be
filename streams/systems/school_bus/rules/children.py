"""Rules about the children on board: nobody is left behind, the numbers agree, everybody has a seat."""

from collections.abc import Iterator
from typing import Final

from schemas.clock import HOUR_MS, MINUTE_MS, SECOND_MS
from schemas.documents import NEVER_MS
from streams.core.spans import Span, rule_of_spans
from streams.core.system import Rule, RuleKind
from streams.systems.school_bus.state import HeadCount, SchoolBusState, Trip
from streams.systems.school_bus.trip_facts import (
    aboard_at,
    ended_ms,
    is_running,
    onboard,
    open_trips,
    searched_ms,
    seats,
    until_end_ms,
    was_driven,
)

CHECK_WITHIN_MS: Final = 5 * MINUTE_MS
SETTLE_MS: Final = 30 * SECOND_MS
"""Cards may be read out a little later than heads are counted."""
MISMATCH_SHOWN_MS: Final = HOUR_MS
"""How long after a trip a difference in the numbers stays open."""


def knows_trip(state: SchoolBusState, subject: str) -> bool:
    """Whether the trip that an alert speaks of is still remembered in full."""
    trip = state.trips.get(subject)
    return trip is not None and not trip.closed


def _childcheck_missing(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip in open_trips(state):
        end_ms = ended_ms(trip)
        if end_ms is not None and trip.end is not None and was_driven(trip):
            deadline_ms = end_ms + CHECK_WITHIN_MS
            yield Span(
                trip_id,
                deadline_ms,
                deadline_ms,
                searched_ms(trip, end_ms),
                (trip.end.event_id,),
                {"bus": trip.bus, "trip_ended_ms": end_ms, "onboard": onboard(trip)},
            )


def _child_left(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip in open_trips(state):
        end_ms = ended_ms(trip)
        if end_ms is None or trip.end is None:
            continue
        left = _left_at_end(trip, end_ms)
        if left:
            until_ms = min(searched_ms(trip, end_ms), _emptied_ms(trip))
            detail: dict[str, int | float | str] = {
                "bus": trip.bus,
                "boarded": len(trip.boarded_ms),
                "alighted": len(trip.alighted_ms),
                "left": left,
            }
            yield Span(trip_id, end_ms, end_ms + SETTLE_MS, until_ms, (trip.end.event_id,), detail)


def _left_at_end(trip: Trip, end_ms: int) -> int:
    """How many had not got off half a minute after the end, by their cards or by a head count made after it."""
    if trip.boarded_ms:
        return aboard_at(trip, end_ms + SETTLE_MS - 1)
    count = trip.head_count
    return count.onboard if count is not None and count.at_ms >= end_ms else 0


def _emptied_ms(trip: Trip) -> int:
    """When the last rider got off, where they all did; else never."""
    return max(trip.alighted_ms.values()) if trip.alighted_ms and not trip.aboard else NEVER_MS


def _count_mismatch(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip in open_trips(state):
        end_ms = ended_ms(trip)
        shown_until_ms = NEVER_MS if end_ms is None else end_ms + MISMATCH_SHOWN_MS
        if trip.head_count is not None:
            yield from _miscounted(trip_id, trip, trip.head_count, shown_until_ms)
        if end_ms is not None and trip.end is not None and _cards_disagree(trip):
            settled_ms = end_ms + SETTLE_MS
            begins_ms = max(settled_ms, searched_ms(trip, end_ms)) if trip.aboard else settled_ms
            yield Span(trip_id, end_ms, begins_ms, shown_until_ms, (trip.end.event_id,), _by_cards(trip))


def _miscounted(trip_id: str, trip: Trip, count: HeadCount, until_ms: int) -> Iterator[Span]:
    by_cards = aboard_at(trip, count.at_ms) if trip.boarded_ms else count.onboard
    adds_up = count.boarded == count.alighted + count.onboard
    if adds_up and by_cards == count.onboard:
        return
    yield Span(
        trip_id,
        count.at_ms,
        count.at_ms + (SETTLE_MS if adds_up else 0),
        until_ms,
        (count.event_id,),
        {
            "bus": trip.bus,
            "boarded": count.boarded,
            "alighted": count.alighted,
            "onboard": count.onboard,
            "onboard_by_cards": by_cards,
        },
    )


def _cards_disagree(trip: Trip) -> bool:
    return trip.boarded_ms.keys() != trip.alighted_ms.keys() or trip.aboard > 0


def _by_cards(trip: Trip) -> dict[str, int | float | str]:
    return {
        "bus": trip.bus,
        "boarded": len(trip.boarded_ms),
        "alighted": len(trip.alighted_ms),
        "onboard": trip.aboard,
    }


def _overload(state: SchoolBusState) -> Iterator[Span]:
    for trip_id, trip in open_trips(state):
        places = seats(trip)
        if places and onboard(trip) > places and (is_running(trip) or trip.end is None):
            since_ms = _one_too_many_ms(trip, places)
            yield Span(
                trip_id,
                since_ms,
                since_ms,
                until_end_ms(trip),
                (trip.head_count.event_id,) if trip.head_count is not None and not trip.boarded_ms else (),
                {"bus": trip.bus, "onboard": onboard(trip), "seats": places},
            )


def _one_too_many_ms(trip: Trip, places: int) -> int:
    """When the first rider without a seat got on; without cards, when the attendant counted."""
    if not trip.boarded_ms and trip.head_count is not None:
        return trip.head_count.at_ms
    off = trip.alighted_ms
    return sorted(on_ms for rider, on_ms in trip.boarded_ms.items() if off.get(rider, 0) <= on_ms)[places]


RULES: Final[tuple[Rule[SchoolBusState], ...]] = (
    rule_of_spans(
        "school_bus.childcheck_missing",
        _childcheck_missing,
        kind=RuleKind.ABSENCE,
        severity=1,
        title_zh="收车后未查验车厢",
        title_en="bus not searched for children after the trip",
        citation="校车安全管理条例 (国务院令第617号) 第39条 [V]；期限5分钟 / five minutes [A]",
        withdrawable=True,
        known=knows_trip,
    ),
    rule_of_spans(
        "school_bus.child_left",
        _child_left,
        kind=RuleKind.CONSERVATION,
        severity=1,
        title_zh="收车时下车人数少于上车人数",
        title_en="fewer children got off than got on when the trip ended",
        citation="校车安全管理条例 (国务院令第617号) 第39条 [V]；刷卡延迟30秒 / card delay of 30 s [A]",
        withdrawable=True,
        known=knows_trip,
    ),
    rule_of_spans(
        "school_bus.count_mismatch",
        _count_mismatch,
        kind=RuleKind.CONSERVATION,
        severity=2,
        title_zh="上车、下车与在车人数不符",
        title_en="boarded, alighted and on board do not add up",
        citation="校车安全管理条例 (国务院令第617号) 第38、39条 [V]；核对方法 / way of checking [A]",
        withdrawable=True,
        known=knows_trip,
    ),
    rule_of_spans(
        "school_bus.overload",
        _overload,
        kind=RuleKind.THRESHOLD,
        severity=2,
        title_zh="校车超员",
        title_en="more pupils on board than seats",
        citation="校车安全管理条例 (国务院令第617号) 第34条 [V]",
    ),
)
