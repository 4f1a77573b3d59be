"""Reads sealed events of one campus system from the store, as they stand there. Blocking; for the store's threads."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec
from clickhouse_driver import Client

from api.authority.scope import Scope
from api.history.predicate import where
from api.history.reading import Row, bounded
from api.privacy.unseal import SealedEvent
from schemas.ids import CampusId, EventTypeName, SystemName
from schemas.systems import catalogue

LIMIT_S: Final = 10.0
_READ: Final = """
SELECT partition, offset, frame_index, toUnixTimestamp64Milli(occurred_at), toUnixTimestamp64Milli(received_at),
       subject, type, campus_id, source, event_id, data
FROM events FINAL
WHERE {scope} AND type IN %(types)s{subjects}
ORDER BY occurred_at, partition, offset, frame_index
LIMIT %(limit)s
"""
_OF_SUBJECTS: Final = " AND subject IN %(subjects)s"


class Stored(NamedTuple):
    """One event with its place in the log. Instants in epoch ms."""

    partition: int
    offset: int
    frame_index: int
    occurred_ms: int
    received_ms: int
    subject: str
    event: SealedEvent


@dataclass(frozen=True)
class Wanted:
    """Which sealed events are asked for: nothing outside of the scope is read."""

    scope: Scope
    system: SystemName
    subjects: tuple[str, ...]
    """Buses, gates …; none: every one."""
    limit: int


def sealed_types(system: str) -> tuple[EventTypeName, ...]:
    """The types of a system that speak of one pupil."""
    return tuple(
        name for name, declared in catalogue().items() if declared.system == system and declared.pupil is not None
    )


def sealed_systems() -> frozenset[SystemName]:
    """The systems that speak of single pupils."""
    return frozenset(declared.system for declared in catalogue().values() if declared.pupil is not None)


def alias_in(event: SealedEvent) -> str | None:
    """What the log calls the pupil of an event, for the day of the event."""
    fields = catalogue()[EventTypeName(event.type)].pupil
    alias = event.data.get(fields.subject) if fields is not None else None
    return alias if isinstance(alias, str) else None


def sealed_events(client: Client, wanted: Wanted) -> list[Stored]:
    """The events in order of time, and one more than the limit where there are more.

    Raises:
        QuestionTooHeavyError: the time limit is over.
    """
    inside = where(wanted.scope, "occurred")
    parameters: dict[str, Any] = {
        **inside.parameters,
        "types": sealed_types(wanted.system),
        "subjects": wanted.subjects,
        "limit": wanted.limit + 1,
    }
    sql = _READ.format(scope=inside.sql, subjects=_OF_SUBJECTS if wanted.subjects else "")
    return [_stored(row) for row in bounded(client, sql, parameters, LIMIT_S)]


def _stored(row: Row) -> Stored:
    partition, offset, frame_index, occurred_ms, received_ms, subject, type_name, campus_id, source, name, data = row
    event = SealedEvent(type_name, CampusId(campus_id), source, name, msgspec.json.decode(data))
    return Stored(partition, offset, frame_index, occurred_ms, received_ms, subject, event)
