"""One child's ride, read from what is known of the campus's buses: which trip it is, and whether the child is on it."""

from collections.abc import Collection
from typing import Final, Literal, NamedTuple

from api.guardian.schedule import ScheduledRun
from schemas.clock import HOUR_MS, MINUTE_MS
from streams.systems.school_bus.state import SchoolBusState, Trip
from streams.systems.school_bus.trip_facts import ended_ms, is_running, rider_of

OFF_SCHEDULE_MS: Final = 3 * HOUR_MS
"""A trip that begins earlier or later than this against the child's times is another one."""
CARD_GRACE_MS: Final = 2 * MINUTE_MS
"""So long after the bus left the stop, a card that was never read means that the child did not get on."""

BoardingState = Literal["waiting", "on_board", "alighted", "not_boarded"]


class Boarding(NamedTuple):
    """Whether the child is on the bus, and since when."""

    state: BoardingState
    at_ms: int | None = None


class Ride(NamedTuple):
    """The child's trip of this run."""

    trip_id: str
    trip: Trip
    boarding: Boarding
    is_running: bool
    ended_ms: int | None


def ride_of(state: SchoolBusState, scheduled: ScheduledRun, names: Collection[str], at_ms: int) -> Ride | None:
    """The child's trip, or None while nothing has been said of one."""
    candidates = [
        (abs(_at_pick_up_ms(trip, scheduled) - scheduled.pick_up_ms), trip_id)
        for trip_id, trip in state.trips.items()
        if _may_be(trip, scheduled)
    ]
    if not candidates:
        return None
    trip_id = min(candidates)[1]
    trip = state.trips[trip_id]
    boarding = _boarding(trip_id, trip, scheduled, names, at_ms)
    return Ride(trip_id, trip, boarding, is_running(trip), ended_ms(trip))


def _may_be(trip: Trip, scheduled: ScheduledRun) -> bool:
    run = scheduled.run
    if (trip.route_id, trip.direction) != (run.route_id, run.direction):
        return False
    if trip.plan is not None and trip.plan.stop_ids and run.stop_id not in trip.plan.stop_ids:
        return False
    begins_ms = trip.plan.start_ms if trip.plan is not None else trip.start.first_ms if trip.start is not None else 0
    return scheduled.pick_up_ms - OFF_SCHEDULE_MS <= begins_ms <= scheduled.drop_off_ms + OFF_SCHEDULE_MS


def _at_pick_up_ms(trip: Trip, scheduled: ScheduledRun) -> int:
    """When the trip is to be where the child gets on; where the plan says no stops, when it begins."""
    if trip.plan is None:
        return trip.start.first_ms if trip.start is not None else 0
    stop_id = pick_up_stop(trip, scheduled)
    if stop_id is None or not trip.plan.stop_planned_ms:
        return trip.plan.start_ms
    return trip.plan.stop_planned_ms[trip.plan.stop_ids.index(stop_id)]


def pick_up_stop(trip: Trip, scheduled: ScheduledRun) -> str | None:
    """Where the child gets on: its own stop, or on the way home the first one, which is the school."""
    if scheduled.run.direction == "to_school":
        return scheduled.run.stop_id if trip.plan is None or scheduled.run.stop_id in trip.plan.stop_ids else None
    return trip.plan.stop_ids[0] if trip.plan is not None and trip.plan.stop_ids else None


def _boarding(trip_id: str, trip: Trip, scheduled: ScheduledRun, names: Collection[str], at_ms: int) -> Boarding:
    marks = [rider_of(trip_id, name) for name in names]
    on_ms = max((trip.boarded_ms.get(mark, 0) for mark in marks), default=0)
    off_ms = max((trip.alighted_ms.get(mark, 0) for mark in marks), default=0)
    if off_ms and off_ms >= on_ms:
        return Boarding("alighted", off_ms)
    if on_ms:
        return Boarding("on_board", on_ms)
    stop_id = pick_up_stop(trip, scheduled)
    halt = trip.halts.get(stop_id) if stop_id is not None else None
    left = halt is not None and 0 < halt.left_ms <= at_ms - CARD_GRACE_MS
    return Boarding("not_boarded") if left else Boarding("waiting")
