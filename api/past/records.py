"""Reads the part of the log that some documents must be folded from. Blocking; strings come as bytes.

However many documents and partitions a question is about, each table is asked once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from heapq import merge
from operator import itemgetter
from typing import Any, Final, NamedTuple

from clickhouse_driver import Client

from api.past.errors import TooFarError
from api.past.extent import Extent
from api.past.snapshots import DocumentId, Snapshot
from schemas.documents import NEVER_MS, document_key, due_of
from schemas.frame import encode_tick
from schemas.ids import CampusId, SystemName
from streams.archive.store_client import rows
from streams.core.past_known import PastRecord, only_of

MAX_RECORDS: Final = 100_000
"""Records that one question may fold: without a snapshot nearby, hours of a busy campus or years of a quiet one."""
_AT_ONCE: Final = 64
_LONG_STATEMENT: Final = {"max_query_size": 8 << 20, "max_block_size": _AT_ONCE}
_PLACES: Final = (
    "SELECT campus_id, system, groupUniqArray(%(most)s)(offset) FROM log_places "
    "WHERE {after} AND offset <= arrayElement(%(lasts)s, partition + 1) GROUP BY campus_id, system"
)
_FRAMES: Final = "SELECT partition, offset, value FROM frames WHERE {spans} ORDER BY partition, offset"
_TICKS: Final = (
    "SELECT partition, offset, tick_ms FROM log_index WHERE tick_ms > 0 AND ({spans}) ORDER BY partition, offset"
)
Wanted = Mapping[int, Collection[DocumentId]]
"""Documents by partition."""


def records_of(
    client: Client,
    reached: Mapping[int, Extent],
    wanted: Wanted,
    snapshots: Mapping[DocumentId, Snapshot],
    most: int = MAX_RECORDS,
) -> dict[int, list[PastRecord]]:
    """By partition, every record up to the extent's last that concerns a wanted document after its snapshot.

    In the log's order, each once; frames hold the wanted campuses' events only. ``reached`` has each partition of
    ``wanted``.

    Raises:
        TooFarError: there are more than ``most`` frames.
    """
    positions = {it: _position(it, snapshots) for documents in wanted.values() for it in documents}
    if not positions:
        return {}
    places = _places(client, reached, positions, most)
    spans = [
        _Span(
            extent,
            min(positions[it] for it in wanted[number]),
            {place for it in wanted[number] for place in places[it]},
        )
        for number, extent in reached.items()
        if wanted.get(number)
    ]
    count = sum(span.count for span in spans)
    if count > most:
        raise TooFarError(count, most)
    ticks = _ticks(client, _judged(wanted, reached, snapshots, places))
    frames = _frames(client, spans, {it.campus_id for it in positions}) if count else {}
    return {span.partition: [*_once(frames.get(span.partition, []), ticks.get(span.partition, []))] for span in spans}


@dataclass(frozen=True)
class _Span:
    """The frames of one partition that are to be read: those at ``offsets``, and all before the index begins."""

    extent: Extent
    after: int
    offsets: AbstractSet[int]

    @property
    def partition(self) -> int:
        return self.extent.partition

    @property
    def unindexed(self) -> int:
        """How many records may lie between the oldest position and where the index begins."""
        end = min(self.extent.indexed_from, self.extent.last_offset + 1)
        return max(0, end - max(self.after + 1, self.extent.first_offset))

    @property
    def count(self) -> int:
        return len(self.offsets) + self.unindexed

    def condition(self) -> str:
        """In SQL; every part is a number of ours."""
        listed = ",".join(map(str, sorted(self.offsets)))
        parts = [f"offset IN ({listed})"] if listed else []
        if self.unindexed:
            end = min(self.extent.indexed_from, self.extent.last_offset + 1)
            parts.append(f"offset > {self.after:d} AND offset < {end:d}")
        return f"(partition = {self.partition:d} AND ({' OR '.join(parts)}))"


class _Judged(NamedTuple):
    """The ticks of one partition that may judge a document: after ``busy_after`` all, after ``quiet_after`` the due."""

    partition: int
    last_offset: int
    busy_after: int
    quiet_after: int
    due_ms: int

    def condition(self) -> str:
        """In SQL; every part is a number of ours."""
        due = f"(offset > {self.quiet_after:d} AND tick_ms >= {self.due_ms:d})"
        return (
            f"(partition = {self.partition:d} AND offset <= {self.last_offset:d} "
            f"AND (offset > {self.busy_after:d} OR {due}))"
        )


def _position(document: DocumentId, snapshots: Mapping[DocumentId, Snapshot]) -> int:
    return snapshots[document].position if document in snapshots else -1


def _places(
    client: Client, reached: Mapping[int, Extent], positions: Mapping[DocumentId, int], most: int
) -> defaultdict[DocumentId, list[int]]:
    """Of each document the offsets after its position, up to its partition's last; at most ``most`` and one more."""
    condition, asked = after_positions(positions)
    asked |= {"most": most + 1, "lasts": last_offsets_of(reached)}
    sql = _PLACES.format(after=condition)
    found: defaultdict[DocumentId, list[int]] = defaultdict(list)
    for campus_id, system, offsets in rows(client, sql, asked):
        found[DocumentId(CampusId(campus_id.decode()), SystemName(system.decode()))] = offsets
    return found


def last_offsets_of(reached: Mapping[int, Extent]) -> list[int]:
    """By partition the last offset that counts; 0 for one that is not asked about."""
    return [reached[number].last_offset if number in reached else 0 for number in range(max(reached, default=-1) + 1)]


def _frames(client: Client, spans: Iterable[_Span], campus_ids: AbstractSet[str]) -> dict[int, list[PastRecord]]:
    found: defaultdict[int, list[PastRecord]] = defaultdict(list)
    sql = _FRAMES.format(spans=" OR ".join(span.condition() for span in spans if span.count))
    for partition, offset, value in client.execute_iter(sql, settings=_LONG_STATEMENT):
        kept = only_of(value, campus_ids)
        if kept is not None:
            found[partition].append(PastRecord(offset, kept))
    return found


def _judged(
    wanted: Wanted,
    reached: Mapping[int, Extent],
    snapshots: Mapping[DocumentId, Snapshot],
    places: Mapping[DocumentId, list[int]],
) -> Iterator[_Judged]:
    """A document that begins from a snapshot and hears nothing after it is judged at its due instant and not before.

    Of any other the due instants are not known yet, so it is given every tick.
    """
    for number, documents in wanted.items():
        extent = reached[number]
        busy_after = quiet_after = extent.last_offset
        due_ms = NEVER_MS
        for document in documents:
            position = _position(document, snapshots)
            if document in places or extent.first_offset < extent.indexed_from > position + 1:
                busy_after = min(busy_after, position)
            elif document in snapshots and (due := due_of(snapshots[document].value)) < NEVER_MS:
                quiet_after, due_ms = min(quiet_after, position), min(due_ms, due)
        if min(busy_after, quiet_after) < extent.last_offset:
            yield _Judged(number, extent.last_offset, busy_after, quiet_after, due_ms)


def _ticks(client: Client, judged: Iterable[_Judged]) -> dict[int, list[PastRecord]]:
    conditions = " OR ".join(it.condition() for it in judged)
    found: defaultdict[int, list[PastRecord]] = defaultdict(list)
    if conditions:
        for partition, offset, tick_ms in rows(client, _TICKS.format(spans=conditions)):
            found[partition].append(PastRecord(offset, encode_tick(tick_ms)))
    return found


def after_positions(positions: Mapping[DocumentId, int]) -> tuple[str, dict[str, Any]]:
    """The condition for what lies after each document's own position, for tables with campus, system and offset."""
    documents = sorted(positions)
    condition = (
        "(campus_id, system) IN %(documents)s AND offset > %(lowest)s "
        "AND offset > transform(concat(campus_id, '/', system), %(keys)s, %(positions)s, toInt64(-1))"
    )
    return condition, {
        "documents": tuple((str(it.campus_id), str(it.system)) for it in documents),
        "keys": [document_key(*it) for it in documents],
        "positions": [positions[it] for it in documents],
        "lowest": min(positions.values()),
    }


def _once(frames: Iterable[PastRecord], ticks: Iterable[PastRecord]) -> Iterator[PastRecord]:
    """Each offset once: parts that are not merged yet may repeat a row."""
    last = -1
    for record in merge(frames, ticks, key=itemgetter(0)):
        if record.offset > last:
            yield record
            last = record.offset
