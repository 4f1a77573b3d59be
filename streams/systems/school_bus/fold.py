"""The fold of school buses: each event type has one function that files what the event says."""

from collections.abc import Callable
from typing import Final

from schemas.clock import MINUTE_MS, SECOND_MS
from schemas.frame import LoggedEvent
from streams.core.spell import Spell, see_off, see_on
from streams.core.system import Effect
from streams.systems.school_bus import trip_fold
from streams.systems.school_bus.places import bus_of, close_if_settled, trip_of
from streams.systems.school_bus.state import Bus, Dated, SchoolBusState, Terminal

MOVING_KMH: Final = 5
"""Slower counts as standing: a resting receiver wanders."""
SILENCE_MS: Final = MINUTE_MS
"""Without a position for so long, a bus on a trip is reported silent."""
STANDING_MS: Final = 15 * MINUTE_MS
"""Without moving for so long, a bus with pupils on board is reported."""
TICK_AHEAD_MS: Final = 15 * SECOND_MS
"""A tick may have reached the log before an event that the gateway received this much earlier."""
Handler = Callable[[SchoolBusState, LoggedEvent], Effect]


def apply(state: SchoolBusState, event: LoggedEvent) -> Effect:
    """Fold one event into the state.

    Raises:
        KeyError: the type is none of this system's.
    """
    handler = _BUS_HANDLERS.get(event.type)
    return handler(state, event) if handler is not None else _of_trip(state, event)


def _of_trip(state: SchoolBusState, event: LoggedEvent) -> Effect:
    handler = trip_fold.HANDLERS[event.type]
    trip = trip_of(state, event)
    if trip.closed:
        return Effect.NOTHING
    bus = trip.bus
    trip.bus_ms, trip.bus = max((trip.bus_ms, trip.bus), (event.occurredms, event.subject))
    effect = handler(trip, event)
    close_if_settled(state, event.data["trip_id"], trip)
    return effect if trip.bus == bus else Effect.JUDGE


def _position(state: SchoolBusState, event: LoggedEvent) -> Effect:
    bus = state.buses.get(event.subject) or bus_of(state, event)
    at_ms, received_ms, data = event.occurredms, event.receivedms, event.data
    speed_kmh: float = data["speed_kmh"]
    judged = _file_speed(bus, at_ms, received_ms, speed_kmh)
    if received_ms > bus.position_heard_ms:
        judged = judged or received_ms - bus.position_heard_ms >= SILENCE_MS - TICK_AHEAD_MS
        bus.position_heard_ms = received_ms
    before_ms = bus.position_ms
    if at_ms < before_ms or (at_ms == before_ms and event.id <= bus.position_id):
        return Effect.JUDGE if judged else Effect.NOTHING
    bus.position_ms, bus.position_id = at_ms, event.id
    bus.latitude_deg, bus.longitude_deg = data["latitude_deg"], data["longitude_deg"]
    bus.speed_kmh, bus.bearing_deg, bus.ignition_on = speed_kmh, data["bearing_deg"], data["ignition_on"]
    if at_ms > bus.heard_ms:  # noqa: PLR1730 — a call of max costs three times as much
        bus.heard_ms = at_ms
    if judged:
        return Effect.JUDGE
    return Effect.VISIBLE if speed_kmh >= MOVING_KMH else Effect.ALIVE


def _file_speed(bus: Bus, at_ms: int, received_ms: int, speed_kmh: float) -> bool:
    """File moving and speeding; returns whether a verdict may have changed."""
    judged = False
    if speed_kmh >= MOVING_KMH and at_ms > bus.moved_ms:
        judged = received_ms - bus.moved_ms >= STANDING_MS - TICK_AHEAD_MS
        bus.moved_ms = at_ms
    judged = _file_limit(bus.over_60, at_ms, over=speed_kmh > 60) or judged
    return _file_limit(bus.over_80, at_ms, over=speed_kmh > 80) or judged


def _file_limit(spell: Spell, at_ms: int, *, over: bool) -> bool:
    if over:
        return see_on(spell, at_ms)
    if spell.on_ms:
        return see_off(spell, at_ms)
    if at_ms > spell.off_ms:  # noqa: PLR1730 — a call of max costs three times as much
        spell.off_ms = at_ms
    return False


def _overspeed(state: SchoolBusState, event: LoggedEvent) -> Effect:
    bus = bus_of(state, event)
    said, data = bus.terminal or Terminal(), event.data
    if (event.occurredms, event.id) <= (said.at_ms, said.event_id):
        return Effect.NOTHING
    bus.terminal = Terminal(
        event.occurredms, event.id, data["limit_kmh"], data["speed_kmh"], data["duration_s"], data.get("road", "other")
    )
    return Effect.JUDGE


def _alarm(state: SchoolBusState, event: LoggedEvent) -> Effect:
    spell = bus_of(state, event).alarms.setdefault(event.data["kind"], Spell())
    if event.data.get("active", True):
        see_on(spell, event.occurredms, event.id)
    else:
        see_off(spell, event.occurredms)
    return Effect.JUDGE


def _inspection(state: SchoolBusState, event: LoggedEvent) -> Effect:
    bus = bus_of(state, event)
    bus.inspection = bus.inspection or Dated()
    return _file_date(bus.inspection, event, event.data["due_ms"])


def _permit(state: SchoolBusState, event: LoggedEvent) -> Effect:
    permits = bus_of(state, event).permits
    return _file_date(permits.setdefault(event.data["permit"], Dated()), event, event.data["expires_ms"])


def _file_date(dated: Dated, event: LoggedEvent, date_ms: int) -> Effect:
    if (event.occurredms, event.id) <= (dated.said_ms, dated.event_id):
        return Effect.NOTHING
    dated.said_ms, dated.event_id, dated.date_ms = event.occurredms, event.id, date_ms
    return Effect.JUDGE


_BUS_HANDLERS: Final[dict[str, Handler]] = {
    "school_bus.position.reported.v1": _position,
    "school_bus.overspeed.detected.v1": _overspeed,
    "school_bus.alarm.raised.v1": _alarm,
    "school_bus.inspection.due.v1": _inspection,
    "school_bus.permit.expiring.v1": _permit,
}
