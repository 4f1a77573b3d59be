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
_LATER: Final = (
    "SELECT partition, count() FROM log_index WHERE partition IN %(partitions)s AND recorded_at > {until} "
    "GROUP BY partition"
)
_FIRST: Final = "SELECT partition, min(offset) FROM {table} WHERE partition IN %(partitions)s GROUP BY partition"
_LOST: Final = (
    "SELECT partition, first_offset, last_offset FROM archive_ranges FINAL "
    "WHERE partition IN %(partitions)s AND state = 'lost'"
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
    """The last record that the log had taken by the instant."""
    recorded_ms: int
    """When it did."""
    has_later: bool
    """Whether a later record is archived too, so that none can be missing."""
    lost: tuple[tuple[int, int], ...]
    """Ranges that the log dropped before they could be archived."""


def extents(client: Client, partitions: tuple[int, ...], log_ms: int) -> dict[int, Extent]:
    """The extent of each partition that had any record by ``log_ms``, on the log's own clock."""
    first, indexed = (_by_partition(client, table, partitions) for table in ("frames", "log_index"))
    last = _last_before(client, "log_index", partitions, log_ms)
    missing = tuple(number for number in partitions if number not in last)
    last |= _last_before(client, "frames", missing, log_ms)
    later = dict(rows(client, _LATER.format(until=_instant("log_ms")), {"partitions": partitions, "log_ms": log_ms}))
    lost = rows(client, _LOST, {"partitions": partitions})
    return {
        number: Extent(
            partition=number,
            first_offset=first.get(number, 0),
            indexed_from=indexed.get(number, offset + 1),
            last_offset=offset,
            recorded_ms=recorded_ms,
            has_later=bool(later.get(number)),
            lost=tuple((start, end) for owner, start, end in lost if owner == number),
        )
        for number, (offset, recorded_ms) in last.items()
    }


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


def _by_partition(client: Client, table: str, partitions: tuple[int, ...]) -> dict[int, int]:
    return dict(rows(client, _FIRST.format(table=table), {"partitions": partitions}))


def _instant(parameter: str) -> str:
    return f"fromUnixTimestamp64Milli(toInt64(%({parameter})s), 'UTC')"
