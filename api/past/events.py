"""Events of the archive as the past's answers name them: who, what and when, never what they say. Blocking."""

from dataclasses import dataclass
from typing import Any, Final

from clickhouse_driver import Client

from api.authority.scope import Scope
from api.history.predicate import HistoryClock, where_told
from api.past.question import PastClock
from streams.archive.store_client import rows

MOST_EVENTS: Final = 500
COLUMNS: Final = (
    "campus_id, system, type, subject, source, event_id, partition, offset, "
    "toUnixTimestamp64Milli(occurred_at), toUnixTimestamp64Milli(received_at)"
)
_BETWEEN: Final = (
    f"SELECT {COLUMNS} FROM events FINAL WHERE {{scope}} AND {{bound}} "  # noqa: S608 — constants of this module
    "ORDER BY {order} LIMIT %(most)s"
)
_BY_OFFSET: Final = "partition = %(partition)s AND offset > %(after)s AND offset <= %(last)s"


@dataclass(frozen=True)
class NamedEvent:
    """An event by its names and its place in the log."""

    campus_id: str
    system: str
    type: str
    subject: str
    source: str
    id: str
    partition: int
    offset: int
    occurred_ms: int
    received_ms: int


@dataclass(frozen=True)
class ScopedQuestion:
    """Events that may be told: a scope, the part of it in which pupils may be spoken of, and the clock."""

    scope: Scope
    pupil_scope: Scope
    clock: PastClock


def events_between(client: Client, question: ScopedQuestion, partition: int, after: int, last: int) -> list[NamedEvent]:
    """The first events within the scope: by the log (offsets after ``after`` up to ``last``), or by occurrence.

    At most :data:`MOST_EVENTS` and one more, which says that there are more.
    """
    if question.clock is PastClock.KNOWN:
        bound, order, asked = _BY_OFFSET, "offset, frame_index", {"partition": partition, "after": after, "last": last}
    else:
        bound, order, asked = "1", "occurred_at, offset, frame_index", {}
    predicate = where_told(question.scope, question.pupil_scope, history_clock(question.clock))
    sql = _BETWEEN.format(scope=predicate.sql, bound=bound, order=order)
    return [named_event(row) for row in rows(client, sql, {**predicate.parameters, **asked, "most": MOST_EVENTS + 1})]


def history_clock(clock: PastClock) -> HistoryClock:
    """The clock by which the archive's events are cut."""
    return "occurred" if clock is PastClock.WAS else "received"


def named_event(row: tuple[Any, ...]) -> NamedEvent:
    """A row of :data:`COLUMNS`."""
    cells: list[Any] = [cell.decode() if isinstance(cell, bytes) else cell for cell in row]
    return NamedEvent(*cells)
