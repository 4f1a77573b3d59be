"""How far the archive reaches, in the log and in the product's time. Blocking.

A replay is pinned to the state of the archive in which it was made, so what is archived later does not change it.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from clickhouse_driver import Client

from streams.archive.store_client import rows

_SETTLED: Final = (
    "SELECT partition, max(last_offset) + 1 FROM archive_ranges FINAL WHERE state != 'open' GROUP BY partition"
)
_NEIGHBOURS: Final = (8, 256)
"""Records that are looked at on one side of an offset: nearly always the next one tells an instant."""
_NEAR: Final = "FROM frames WHERE partition = %(partition)s AND offset >= %(first)s AND offset < %(end)s"
_TOLD: Final = (  # a tick says its instant first, a frame its receipt last
    "toInt64OrZero(if(startsWith(value, '{\"tick_ms\":'), extract(value, '([0-9]+)'), "
    'extract(right(value, 64), \'"receivedms":"([0-9]+)"}]$\')))'
)
_LATEST: Final = f"SELECT max({_TOLD}) {_NEAR}"
_EARLIEST: Final = f"SELECT minIf({_TOLD}, {_TOLD} > 0) {_NEAR}"
_LOST: Final = (
    "SELECT partition, first_offset, last_offset FROM archive_ranges FINAL "
    "WHERE state = 'lost' AND partition IN %(partitions)s ORDER BY partition, first_offset LIMIT 1000"
)


class LostRange(NamedTuple):
    """Records that the log had dropped before they could be archived; both offsets belong to it."""

    partition: int
    first_offset: int
    last_offset: int


def archived_to(client: Client) -> tuple[int, ...]:
    """By partition: the first offset that is not settled in the archive; 0 where nothing is."""
    found = dict(rows(client, _SETTLED))
    return tuple(found.get(partition, 0) for partition in range(max(found, default=-1) + 1))


def latest_before(client: Client, partition: int, offset: int) -> int:
    """The instant (epoch ms, the product's clock) that the records right before an offset tell; 0 if none."""
    spans = (range(max(0, offset - count), offset) for count in _NEIGHBOURS)
    return _instant(client, _LATEST, partition, spans)


def earliest_from(client: Client, partition: int, offset: int) -> int:
    """The instant that the records from an offset on tell; 0 if none."""
    return _instant(client, _EARLIEST, partition, (range(offset, offset + count) for count in _NEIGHBOURS))


def lost_ranges(client: Client, partitions: set[int]) -> list[LostRange]:
    """What the archive knows to be lost in some partitions."""
    if not partitions:
        return []
    return [LostRange(*row) for row in rows(client, _LOST, {"partitions": tuple(sorted(partitions))})]


def _instant(client: Client, sql: str, partition: int, spans: Iterable[range]) -> int:
    """What the first span of offsets tells that tells an instant at all; 0 if none does."""
    for span in spans:
        ((told_ms,),) = rows(client, sql, {"partition": partition, "first": span.start, "end": span.stop})
        if told_ms:
            return int(told_ms)
    return 0
