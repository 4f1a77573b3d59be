"""Positions of buses out of the archive. Blocking; for the threads of the store pool. Nothing here is a pupil's."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from clickhouse_driver import Client

from api.authority.scope import Scope
from api.history.question import Question
from api.history.reading import Extract, bounded, conditions, read
from api.history.track import Fix
from schemas.ids import EventTypeName

POSITION: Final = EventTypeName("school_bus.position.reported.v1")
_COLUMNS: Final = (
    "JSONExtractFloat(data, 'latitude_deg')",
    "JSONExtractFloat(data, 'longitude_deg')",
    "JSONExtractFloat(data, 'speed_kmh')",
)


class Bounds(NamedTuple):
    """Most rows, and the time that each slice of the reading may take."""

    limit: int
    limit_s: float


def buses(client: Client, question: Question, known: tuple[int, ...], limit_s: float) -> list[tuple[str, str]]:
    """(campus id, bus) of every bus that reported a position, in order."""
    condition, parameters = conditions(replace(question, types=(POSITION,)), known, question.interval)
    sql = f"SELECT DISTINCT campus_id, subject FROM events WHERE {condition} ORDER BY campus_id, subject"  # noqa: S608 — made of constants; every value is a parameter
    found = bounded(client, sql, parameters, limit_s)
    return [(str(campus_id), str(bus)) for campus_id, bus in found]


def fixes(
    client: Client, question: Question, known: tuple[int, ...], bus: tuple[str, str], bounds: Bounds
) -> Iterator[Fix]:
    """The positions of one bus in the order of time."""
    campus_id, subject = bus
    own = Scope(tuple(slot for slot in question.scope.slots if slot.campus_id == campus_id))
    narrowed = replace(question, scope=own, types=(POSITION,), subjects=(subject,))
    for chunk in read(client, Extract(narrowed, known, _COLUMNS, bounds.limit, bounds.limit_s)):
        for at_ms, _, _, _, latitude_deg, longitude_deg, speed_kmh in chunk:
            yield Fix(at_ms, latitude_deg, longitude_deg, speed_kmh)
