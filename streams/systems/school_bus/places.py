"""Finds the bus and the trip that an event speaks of; opens them on first sight and forgets what is history."""

from typing import Final

from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.documents import NEVER_MS
from schemas.frame import LoggedEvent
from streams.core.bounded import make_room
from streams.systems.school_bus.state import MAX_BUSES, MAX_TRIPS, Bus, SchoolBusState, Trip
from streams.systems.school_bus.trip_facts import ended_ms, is_running, searched_ms, touched_ms, was_driven

TRIP_KEPT_MS: Final = 36 * HOUR_MS
"""How long after its last word a trip is kept: a child check that never came stays an open alert all that time."""
BUS_KEPT_MS: Final = 60 * DAY_MS
CLOSED_AFTER_MS: Final = HOUR_MS
TIDY_EVERY_MS: Final = 10 * MINUTE_MS
REUSED_MS: Final = 6 * HOUR_MS
_RUNNING_BONUS_MS: Final = 1_000 * DAY_MS


def bus_of(state: SchoolBusState, event: LoggedEvent) -> Bus:
    """The bus that sent the event; it has been heard."""
    bus = state.buses.get(event.subject)
    if bus is None:
        make_room(state.buses, MAX_BUSES, lambda bus: bus.heard_ms)
        bus = state.buses[event.subject] = Bus()
    bus.heard_ms = max(bus.heard_ms, event.occurredms)
    return bus


def trip_of(state: SchoolBusState, event: LoggedEvent) -> Trip:
    """The trip that the event names; an id used again long after its trip was closed names a new one."""
    bus_of(state, event)
    if event.occurredms > state.newest_ms:
        _move_on(state, event.occurredms)
    trip_id = event.data["trip_id"]
    trip = state.trips.get(trip_id)
    if trip is None or (trip.closed and event.occurredms > trip.bus_ms + REUSED_MS):
        make_room(state.trips, MAX_TRIPS, _worth_keeping)
        trip = state.trips[trip_id] = Trip()
    return trip


def close_if_settled(state: SchoolBusState, trip_id: str, trip: Trip) -> None:
    """Reduce a trip of which nothing more is expected to what people may still look up."""
    end_ms = ended_ms(trip)
    if end_ms is None or end_ms > state.tidied_ms - CLOSED_AFTER_MS:
        return
    if was_driven(trip) and searched_ms(trip, end_ms) == NEVER_MS:
        return
    state.trips[trip_id] = Trip(
        closed=True,
        carried=len(trip.boarded_ms),
        route_id=trip.route_id,
        direction=trip.direction,
        bus=trip.bus,
        bus_ms=trip.bus_ms,
        start=trip.start,
        end=trip.end,
    )


def _move_on(state: SchoolBusState, newest_ms: int) -> None:
    state.newest_ms = newest_ms
    if newest_ms < state.tidied_ms + TIDY_EVERY_MS:
        return
    state.tidied_ms = newest_ms - newest_ms % TIDY_EVERY_MS
    for trip_id, trip in list(state.trips.items()):
        if touched_ms(trip) < state.tidied_ms - TRIP_KEPT_MS:
            del state.trips[trip_id]
        elif not trip.closed:
            close_if_settled(state, trip_id, trip)
    for bus_id in [bus_id for bus_id, bus in state.buses.items() if bus.heard_ms < state.tidied_ms - BUS_KEPT_MS]:
        del state.buses[bus_id]


def _worth_keeping(trip: Trip) -> int:
    """Finished trips go first, the longest finished before the others."""
    return touched_ms(trip) + (_RUNNING_BONUS_MS if is_running(trip) else 0)
