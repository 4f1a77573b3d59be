"""What is missing from a replay, named on its time line. Blocking.

Three kinds: records that were ``lost`` before they could be archived, a ``not_archived`` tail that the archive had not
reached when the replay was made, and ``sequence``: numbers that a source counted and that are not shown.
"""

from typing import Any, Final

import msgspec
from clickhouse_driver import Client

from api.replay.horizon import LostRange, earliest_from, latest_before, lost_ranges
from api.replay.marks import Mark
from api.replay.place import AFTER_RECORD, Place, event_rank
from api.replay.query import ReplayQuery
from schemas.partitioning import partition_of
from streams.archive.store_client import rows

MOST: Final = 10_000
"""Sequence gaps that are named one by one."""
_MOST_SOURCES: Final = 1_000
_INCOMPLETE: Final = (
    "SELECT source FROM (SELECT source, boot_id, max(sequence) - min(sequence) + 1 AS counted, "
    "groupBitmap(toUInt64(sequence)) AS shown FROM events FINAL WHERE {condition} AND sequence >= 0 "
    "GROUP BY source, boot_id HAVING counted > shown) GROUP BY source ORDER BY source LIMIT %(most_sources)s"
)
_JUMPS: Final = (
    "SELECT toUnixTimestamp64Milli({column}) AS at, partition, offset, frame_index, source, boot_id, previous + 1, "
    "sequence - 1 FROM (SELECT campus_id, system, type, occurred_at, received_at, partition, offset, frame_index, "
    "source, boot_id, sequence, lagInFrame(sequence, 1, sequence) OVER (PARTITION BY source, boot_id ORDER BY sequence "
    "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS previous FROM events FINAL "
    "WHERE source IN %(sources)s AND sequence >= 0 "
    "AND {column} >= fromUnixTimestamp64Milli(toInt64(%(from_ms)s), 'UTC') "
    "AND {column} < fromUnixTimestamp64Milli(toInt64(%(to_ms)s), 'UTC')) "
    "WHERE sequence > previous + 1 AND {condition} ORDER BY at, partition, offset, frame_index LIMIT %(most)s"
)


def gap_marks(client: Client, query: ReplayQuery) -> list[Mark]:
    """Every gap of a replay, in order."""
    partitions = {partition_of(slot.campus_id, query.partitions) for slot in query.shown.scope.slots}
    marks = [*_lost(client, query, partitions), *_tail(client, query, partitions), *_sequence(client, query)]
    return sorted(marks)


def _lost(client: Client, query: ReplayQuery, partitions: set[int]) -> list[Mark]:
    found = []
    for lost in lost_ranges(client, partitions):
        from_ms = latest_before(client, lost.partition, lost.first_offset)
        to_ms = earliest_from(client, lost.partition, lost.last_offset + 1) or query.to_ms
        if from_ms < query.to_ms and to_ms > query.from_ms:
            found.append(_lost_mark(lost, max(from_ms, query.from_ms), min(to_ms, query.to_ms)))
    return found


def _lost_mark(lost: LostRange, from_ms: int, to_ms: int) -> Mark:
    data = {**lost._asdict(), "from_ms": from_ms, "to_ms": to_ms}
    return _mark(Place(from_ms, lost.partition, lost.first_offset, AFTER_RECORD), "lost", data)


def _tail(client: Client, query: ReplayQuery, partitions: set[int]) -> list[Mark]:
    found = []
    for partition in sorted(partitions):
        horizon = query.horizon[partition] if partition < len(query.horizon) else 0
        reached_ms = latest_before(client, partition, horizon)
        if reached_ms < query.to_ms:
            from_ms = max(reached_ms, query.from_ms)
            data = {"partition": partition, "next_offset": horizon, "from_ms": from_ms, "to_ms": query.to_ms}
            found.append(_mark(Place(from_ms, partition, horizon, AFTER_RECORD), "not_archived", data))
    return found


def _sequence(client: Client, query: ReplayQuery) -> list[Mark]:
    """Jumps in what a source counts, at the event after the jump.

    A source may count over several campuses and systems, of which the replay shows a part; so the jumps are looked for
    among everything that it sent, and then only those before an event of the replay are told.
    """
    condition = query.between(query.from_ms, query.to_ms)
    parameters = {**condition.parameters, "most_sources": _MOST_SOURCES, "most": MOST}
    incomplete = rows(client, _INCOMPLETE.format(condition=condition.sql), parameters)
    if not incomplete:
        return []
    parameters["sources"] = tuple(source.decode() for (source,) in incomplete)
    return [_jump(row) for row in rows(client, _JUMPS.format(column=query.column, condition=condition.sql), parameters)]


def _jump(row: tuple[Any, ...]) -> Mark:
    at_ms, partition, offset, index, source, boot_id, first, last = row
    data = {"source": source.decode(), "bootid": boot_id, "first_sequence": first, "last_sequence": last}
    return _mark(
        Place(at_ms, partition, offset, event_rank(index) - 1), "sequence", {**data, "missing": last - first + 1}
    )


def _mark(place: Place, reason: str, data: dict[str, Any]) -> Mark:
    return Mark(place, "gap", msgspec.json.encode({"at_ms": place.at_ms, "reason": reason, **data}))
