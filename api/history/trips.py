"""Trips of school buses, told from what was said of them. Nothing here is a pupil's: counts are the attendant's.

``fold_trips`` is pure; ``trips`` blocks and is for the threads of the store pool.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import msgspec
from clickhouse_driver import Client

from api.history.errors import TooManyRowsError
from api.history.question import Question
from api.history.reading import Extract, known_log, read
from schemas.ids import EventTypeName

TRIP_TYPES: Final = tuple(
    EventTypeName(f"school_bus.{name}.v1")
    for name in (
        "trip.planned",
        "trip.started",
        "trip.ended",
        "stop.arrived",
        "stop.departed",
        "count.reconciled",
        "childcheck.done",
    )
)
EVENTS_MOST: Final = 200_000
TRIPS_S: Final = 20.0
_KEYS: Final = 4


class Said(NamedTuple):
    """One event about a trip."""

    at_ms: int
    campus_id: str
    bus: str
    type: str
    data: dict[str, Any]


@dataclass
class StopMade:
    """A stop that was made; None where one of its ends was not heard."""

    stop_id: str
    arrived_ms: int | None = None
    departed_ms: int | None = None
    delta_s: int | None = None
    """Against the plan; negative: early."""


@dataclass
class Trip:
    """One run of one route. Instants in epoch ms; None: not heard."""

    trip_id: str
    campus_id: str
    buses: list[str] = field(default_factory=list)
    """More than one where another bus took over."""
    route_id: str | None = None
    direction: str | None = None
    planned_start_ms: int | None = None
    planned_end_ms: int | None = None
    started_ms: int | None = None
    ended_ms: int | None = None
    outcome: str | None = None
    stops: list[StopMade] = field(default_factory=list)
    boarded: int | None = None
    alighted: int | None = None
    onboard: int | None = None
    childcheck_ms: int | None = None
    """When somebody had walked to the last row of the empty bus."""
    first_ms: int = 0
    last_ms: int = 0
    """First and last event of it."""


def trips(client: Client, question: Question, trip_id: str | None = None) -> list[Trip]:
    """The trips of a question, in the order in which they were first heard of.

    Raises:
        TooManyRowsError: a shorter time is needed.
    """
    columns = ("campus_id", "subject", "type", "data")
    extract = Extract(replace(question, types=TRIP_TYPES), known_log(client), columns, EVENTS_MOST + 1, TRIPS_S)
    rows = [row for chunk in read(client, extract) for row in chunk]
    if len(rows) > EVENTS_MOST:
        raise TooManyRowsError(EVENTS_MOST)
    said = (Said(*(row[0], *row[_KEYS : _KEYS + 3], msgspec.json.decode(row[-1]))) for row in rows)
    return fold_trips(one for one in said if trip_id is None or one.data.get("trip_id") == trip_id)


def fold_trips(said: Iterable[Said]) -> list[Trip]:
    """Trips from events in the order of time; an event without a trip is passed over."""
    found: dict[tuple[str, str], Trip] = {}
    for event in said:
        trip_id = event.data.get("trip_id")
        if isinstance(trip_id, str):
            key = event.campus_id, trip_id
            trip = found.setdefault(key, Trip(trip_id, event.campus_id, first_ms=event.at_ms))
            trip.last_ms = event.at_ms
            _tell(trip, event)
    return list(found.values())


def _tell(trip: Trip, event: Said) -> None:
    data = event.data
    if not event.type.startswith("school_bus.trip.planned.") and event.bus not in trip.buses:
        trip.buses.append(event.bus)
    match event.type.rpartition(".")[0].removeprefix("school_bus."):
        case "trip.planned":
            trip.route_id, trip.direction = data.get("route_id"), data.get("direction")
            trip.planned_start_ms, trip.planned_end_ms = data.get("planned_start_ms"), data.get("planned_end_ms")
        case "trip.started":
            trip.route_id, trip.direction = data.get("route_id"), data.get("direction")
            trip.started_ms = event.at_ms if trip.started_ms is None else trip.started_ms
        case "trip.ended":
            trip.ended_ms, trip.outcome = event.at_ms, data.get("outcome", "completed")
        case "stop.arrived":
            trip.stops.append(StopMade(str(data.get("stop_id")), event.at_ms, None, data.get("delta_s")))
        case "stop.departed":
            _depart(trip, event)
        case "count.reconciled":
            trip.boarded, trip.alighted, trip.onboard = data.get("boarded"), data.get("alighted"), data.get("onboard")
        case "childcheck.done" if data.get("last_row_scanned"):
            trip.childcheck_ms = event.at_ms


def _depart(trip: Trip, event: Said) -> None:
    stop_id = str(event.data.get("stop_id"))
    last = trip.stops[-1] if trip.stops else None
    if last is None or last.stop_id != stop_id or last.departed_ms is not None:
        last = StopMade(stop_id, delta_s=event.data.get("delta_s"))
        trip.stops.append(last)
    last.departed_ms = event.at_ms
