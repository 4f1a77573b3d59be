"""The columns of an exported table: one row for each event, times as people and as programs read them."""

from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple, Protocol

from api.history.events import LINE

Cell = str | int | None
Sink = Callable[[bytes], object]
"""Takes the bytes of a file in order."""


class Column(NamedTuple):
    """A column by name, the SQL that gives it, and what its cells are."""

    name: str
    sql: str
    kind: Literal["text", "integer"]


def _local(column: str) -> str:
    return f"toString(toTimeZone({column}, 'Asia/Shanghai'))"


COLUMNS: Final = (
    Column("occurred_local", _local("occurred_at"), "text"),
    Column("campus_id", "campus_id", "text"),
    Column("system", "system", "text"),
    Column("type", "type", "text"),
    Column("subject", "subject", "text"),
    Column("data", "data", "text"),
    Column("occurred_ms", "toUnixTimestamp64Milli(occurred_at)", "integer"),
    Column("received_ms", "toUnixTimestamp64Milli(received_at)", "integer"),
    Column("recorded_ms", "toUnixTimestamp64Milli(recorded_at)", "integer"),
    Column("source", "source", "text"),
    Column("event_id", "event_id", "text"),
    Column("sequence", "if(sequence < 0, NULL, sequence)", "integer"),
    Column("partition", "partition", "integer"),
    Column("offset", "offset", "integer"),
    Column("frame_index", "frame_index", "integer"),
)
"""``…_local`` is Asia/Shanghai; an empty sequence means that the source does not count."""
TYPE_AT: Final = next(number for number, column in enumerate(COLUMNS) if column.name == "type")
LINES: Final = (LINE, "type")
"""The columns of the line-by-line format: the event as JSON, and its type to be counted."""


class TableWriter(Protocol):
    """Writes rows of :data:`COLUMNS` as one file."""

    def write(self, rows: list[tuple[Any, ...]]) -> None:
        """Take the next rows."""
        ...

    def close(self) -> None:
        """Write what is left; nothing comes after it."""
        ...
