"""Questions that fold, rules and summary ask of a trip."""

from collections.abc import Iterator
from typing import Final
from zlib import crc32

from schemas.clock import MINUTE_MS
from schemas.documents import NEVER_MS
from streams.systems.school_bus.state import Halt, SchoolBusState, Trip

CHECK_EARLY_MS: Final = 15 * MINUTE_MS
"""A search counts for the end that follows it this soon, if nobody got off after it."""


def open_trips(state: SchoolBusState) -> Iterator[tuple[str, Trip]]:
    """The trips that are still judged."""
    return ((trip_id, trip) for trip_id, trip in state.trips.items() if not trip.closed)


def is_running(trip: Trip) -> bool:
    """Whether it began and has not ended since."""
    start, end = trip.start, trip.end
    return start is not None and (end is None or end.at_ms < start.last_ms)


def ended_ms(trip: Trip) -> int | None:
    """When it ended for good, else None: not yet, or another bus took it over."""
    start, end = trip.start, trip.end
    return end.at_ms if end is not None and (start is None or start.last_ms <= end.at_ms) else None


def until_end_ms(trip: Trip) -> int:
    """When it ended, else never."""
    end = ended_ms(trip)
    return NEVER_MS if end is None else end


def onboard(trip: Trip) -> int:
    """Pupils on board: by their cards, else, where none are used, by the newest head count."""
    if trip.boarded_ms or trip.alighted_ms:
        return trip.aboard
    return trip.head_count.onboard if trip.head_count is not None else 0


def aboard_at(trip: Trip, instant_ms: int) -> int:
    """How many riders were on board at an instant; who got on more than once counts from the last time."""
    off = trip.alighted_ms
    return sum(
        got_on_ms <= instant_ms and not got_on_ms < off.get(rider, 0) <= instant_ms
        for rider, got_on_ms in trip.boarded_ms.items()
    )


def seats(trip: Trip) -> int:
    """Seats for pupils, 0 where unknown."""
    for source in (trip.head_count, trip.start, trip.plan):
        if source is not None and source.seats:
            return source.seats
    return 0


def was_driven(trip: Trip) -> bool:
    """Whether there was a trip at all: it started, somebody rode, or its end was not a cancellation."""
    return trip.start is not None or bool(trip.boarded_ms) or (trip.end is not None and trip.end.outcome != "cancelled")


def touched_ms(trip: Trip) -> int:
    """The newest instant that the trip speaks of, its plan included."""
    return max(trip.bus_ms, trip.plan.end_ms if trip.plan is not None else 0)


def searched_ms(trip: Trip, end_ms: int) -> int:
    """When the bus was first searched after its last child got off, else never."""
    earliest_ms = max(end_ms - CHECK_EARLY_MS, max(trip.alighted_ms.values(), default=0))
    return next((check_ms for check_ms in trip.checks_ms if check_ms >= earliest_ms), NEVER_MS)


def halted_ms(halt: Halt) -> int:
    """When the bus came to that stop."""
    return halt.arrived_ms or halt.left_ms - halt.dwell_s * 1000


def rider_of(trip_id: str, pupil: str) -> int:
    """The mark of a rider: it cannot be turned back into what the log calls the pupil and differs from trip to trip."""
    return crc32(f"{trip_id}/{pupil}".encode())
