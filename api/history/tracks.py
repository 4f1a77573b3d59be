"""Where buses went: tracks with their gaps, thinned where that is asked for. Blocking; for the store's threads."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from clickhouse_driver import Client

from api.authority.scope import Interval
from api.history.errors import TooManyRowsError
from api.history.positions import Bounds, buses, fixes
from api.history.question import Question
from api.history.reading import known_log
from api.history.track import Fix, Gap, gaps, segments, simplified
from api.history.trips import trips

FIXES_MOST: Final = 100_000
TRACKS_S: Final = 20.0


@dataclass(frozen=True)
class Track:
    """One bus in one interval."""

    campus_id: str
    bus: str
    positions: int
    """How many were reported; there are fewer in ``segments`` where the track was thinned."""
    segments: list[list[Fix]]
    gaps: list[Gap]


@dataclass(frozen=True)
class TrackOrder:
    """Which tracks, and how exactly."""

    question: Question
    trip_id: str | None = None
    tolerance_m: float = 0.0
    gap_ms: int = 330_000


def tracks(client: Client, order: TrackOrder) -> list[Track]:
    """The track of every bus of a question, or of the buses of one trip from its first event to its last.

    Raises:
        TooManyRowsError: more positions than one answer may have, before any thinning.
    """
    known, left = known_log(client), FIXES_MOST
    found: list[Track] = []
    for question in _parts(client, order):
        for bus in buses(client, question, known, TRACKS_S):
            own = list(fixes(client, question, known, bus, Bounds(left + 1, TRACKS_S)))
            left -= len(own)
            if left < 0:
                raise TooManyRowsError(FIXES_MOST)
            parts = list(segments(own, order.gap_ms))
            thinned = [simplified(part, order.tolerance_m) for part in parts]
            found.append(Track(*bus, len(own), thinned, gaps(parts)))
    return found


def _parts(client: Client, order: TrackOrder) -> Iterator[Question]:
    if order.trip_id is None:
        yield order.question
        return
    for trip in trips(client, order.question, order.trip_id):
        if trip.buses:
            interval = Interval(
                max(trip.started_ms or trip.first_ms, order.question.interval.from_ms),
                min(trip.last_ms + 1, order.question.interval.to_ms),
            )
            yield replace(order.question, interval=interval, subjects=tuple(trip.buses))
