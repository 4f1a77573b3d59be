"""Finds the bus and the trip that an event speaks of; opens them on first sight and forgets what is history."""

from typing import Final

from schemas.clock import DAY_MS, HOUR_MS
from schemas.frame import LoggedEvent
from streams.core.bounded import make_room
from streams.systems.school_bus.state import MAX_BUSES, MAX_TRIPS, Bus, SchoolBusState, Trip
from streams.systems.school_bus.trip_facts import is_running, touched_ms

TRIP_KEPT_MS: Final = 36 * HOUR_MS
"""How long after its last word a trip is kept: a child check that never came stays an open alert all that time."""
BUS_KEPT_MS: Final = 60 * DAY_MS
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
    """The trip that the event names; the bus that sent it has been heard and, if nothing newer is known, drives it."""
    bus_of(state, event)
    state.newest_ms = max(state.newest_ms, event.occurredms)
    trip_id = event.data["trip_id"]
    trip = state.trips.get(trip_id)
    if trip is None:
        _forget(state)
        make_room(state.trips, MAX_TRIPS, _worth_keeping)
        trip = state.trips[trip_id] = Trip()
    trip.bus_ms, trip.bus = max((trip.bus_ms, trip.bus), (event.occurredms, event.subject))
    return trip


def _worth_keeping(trip: Trip) -> int:
    """Finished trips go first, the longest finished before the others."""
    return touched_ms(trip) + (_RUNNING_BONUS_MS if is_running(trip) else 0)


def _forget(state: SchoolBusState) -> None:
    newest_ms = state.newest_ms
    for trip_id in [name for name, trip in state.trips.items() if touched_ms(trip) < newest_ms - TRIP_KEPT_MS]:
        del state.trips[trip_id]
    for bus in [name for name, bus in state.buses.items() if bus.heard_ms < newest_ms - BUS_KEPT_MS]:
        del state.buses[bus]
