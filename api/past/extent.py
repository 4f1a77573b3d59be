"""How far the archive of a partition reaches, and where an instant lies in it. Blocking."""

from dataclasses import dataclass
from typing import Final

from clickhouse_driver import Client

from schemas.clock import DAY_MS, HOUR_MS
from streams.archive.store_client import rows

_STEPS_MS: Final = (HOUR_MS, DAY_MS, 31 * DAY_MS, 400 * DAY_MS)
"""How far back from the instant the last record is looked for: most partitions had one within the hour."""
_LAST: Final = (
    "SELECT partition, max(offset), max(toUnixTimestamp64Milli(recorded_at)) FROM {table} "
    "WHERE partition IN %(partitions)s AND recorded_at <= {until} AND recorded_at > {since} GROUP BY partition"
)
_EDGE: Final = (
    "(SELECT '{name}', partition, {what} FROM {table} WHERE partition = {partition:d} AND {bound} "
    "ORDER BY partition {way}, offset {way} LIMIT 1)"
)
_EDGES: Final = (
    ("first", "frames", "offset", "ASC"),
    ("indexed", "log_index", "offset", "ASC"),
    ("newest_ms", "log_index", "toUInt64(toUnixTimestamp64Milli(recorded_at))", "DESC"),
)
"""The ends of each partition: the store reads a block of each part for one, however long the log is."""
_OLDEST: Final = {"first": "recorded_at <= (SELECT min(recorded_at) FROM frames) + toIntervalDay(1)"}
"""Blocks of frames are large: first only in the parts of the oldest month, which the store knows without reading."""
_LOST_AT: Final = (
    "SELECT partition, first_offset FROM archive_ranges WHERE partition IN %(partitions)s AND state = 'lost'"
)
_LOST: Final = (
    "SELECT partition, first_offset, last_offset FROM archive_ranges FINAL "
    "WHERE (partition, first_offset) IN %(places)s AND state = 'lost'"
)


@dataclass(frozen=True)
class Extent:
    """The archived part of one partition, seen from an instant."""

    partition: int
    first_offset: int
    """The first record that the store still has."""
    indexed_from: int
    """The first record that the index knows; records before it were archived by a version without an index."""
    last_offset: int
    """The last record that the log had taken by the instant; -1: none, it began later."""
    recorded_ms: int | None
    """When it did."""
    has_later: bool
    """Whether a later record is archived too, so that none can be missing."""
    lost: tuple[tuple[int, int], ...]
    """Ranges that the log dropped before they could be archived."""

    @property
    def is_empty(self) -> bool:
        """Whether the log had taken none of the archived records yet."""
        return self.last_offset < 0


def extents(client: Client, partitions: tuple[int, ...], log_ms: int) -> dict[int, Extent]:
    """The extent of each partition that has any record, seen from ``log_ms`` on the log's own clock.

    One without a record by then is in it as an empty one if it has a later record, since nothing can be behind there.
    """
    if not partitions:
        return {}
    last = _last_before(client, "log_index", partitions, log_ms)
    missing = tuple(number for number in partitions if number not in last)
    last |= _last_before(client, "frames", missing, log_ms)
    edges, lost = _edges(client, partitions), _lost(client, partitions)
    later = {number for number in partitions if edges.get(("newest_ms", number), 0) > log_ms}
    found: dict[int, tuple[int, int | None]] = {**dict.fromkeys(later, (-1, None)), **last}
    return {
        number: Extent(
            partition=number,
            first_offset=edges.get(("first", number), 0),
            indexed_from=edges.get(("indexed", number), offset + 1),
            last_offset=offset,
            recorded_ms=recorded_ms,
            has_later=number in later,
            lost=tuple((start, end) for owner, start, end in lost if owner == number),
        )
        for number, (offset, recorded_ms) in found.items()
    }


def _edges(client: Client, partitions: tuple[int, ...]) -> dict[tuple[str, int], int]:
    """By name and partition what :data:`_EDGES` asks for; the log gives its records times that never go back."""
    found = _asked(client, partitions, _EDGES, _OLDEST)
    missing = tuple(number for number in partitions if ("first", number) not in found)
    return found | _asked(client, missing, _EDGES[:1], {})


def _asked(
    client: Client, partitions: tuple[int, ...], edges: tuple[tuple[str, str, str, str], ...], bounds: dict[str, str]
) -> dict[tuple[str, int], int]:
    parts = [
        _EDGE.format(name=name, what=what, table=table, way=way, partition=number, bound=bounds.get(name, "1"))
        for name, table, what, way in edges
        for number in partitions
    ]
    found = rows(client, " UNION ALL ".join(parts)) if parts else []
    return {(name.decode(), number): value for name, number, value in found}


def _lost(client: Client, partitions: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """The lost ranges. Hardly ever is there any: only then are rows that replace each other merged."""
    places = rows(client, _LOST_AT, {"partitions": partitions})
    return rows(client, _LOST, {"places": tuple(places)}) if places else []


def _last_before(client: Client, table: str, partitions: tuple[int, ...], log_ms: int) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    sql = _LAST.format(table=table, until=_instant("log_ms"), since=_instant("since_ms"))
    for step_ms in _STEPS_MS:
        wanted = tuple(number for number in partitions if number not in found)
        if not wanted:
            break
        asked = {"partitions": wanted, "log_ms": log_ms, "since_ms": max(0, log_ms - step_ms)}
        found |= {number: (offset, recorded_ms) for number, offset, recorded_ms in rows(client, sql, asked)}
    return found


def _instant(parameter: str) -> str:
    return f"fromUnixTimestamp64Milli(toInt64(%({parameter})s), 'UTC')"
