"""What a consortium's line says about a campus's school buses."""

from typing import Final

from schemas.clock import MINUTE_MS
from streams.core.system import Summary
from streams.systems.school_bus.fold import MOVING_KMH
from streams.systems.school_bus.rules.journey import trip_late
from streams.systems.school_bus.state import SchoolBusState
from streams.systems.school_bus.trip_facts import is_running, onboard, open_trips

SILENT_MS: Final = 15 * MINUTE_MS
"""A parked bus reports every five minutes."""
FRESH_MS: Final = 2 * MINUTE_MS
"""What an older position says about moving is not believed."""


def summarise(state: SchoolBusState, now_ms: int) -> Summary:
    """Trips running and late, buses moving, pupils on board; devices are the buses."""
    running = [trip for _, trip in open_trips(state) if is_running(trip)]
    buses = state.buses.values()
    silent = sum(now_ms - bus.heard_ms >= SILENT_MS for bus in buses)
    return Summary(
        counts={
            "trips_running": len(running),
            "trips_late": sum(span.from_ms <= now_ms < span.until_ms for span in trip_late(state)),
            "buses_moving": sum(bus.speed_kmh >= MOVING_KMH and now_ms - bus.position_ms < FRESH_MS for bus in buses),
            "pupils_on_board": sum(onboard(trip) for trip in running),
        },
        devices_heard=len(buses) - silent,
        devices_silent=silent,
    )
