"""One portion of a replay: the next events of the order, with the bytes that were sent. Blocking.

The narrow ``events`` table says which events come next; the bytes come from ``frames``, which are read frame by frame
and let go again, so the memory of a portion is the events that it shows.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from clickhouse_driver import Client

from api.replay.cursor import Cursor
from api.replay.entry import entry, link
from api.replay.place import Place, after, before, event_rank
from api.replay.query import ReplayQuery
from api.replay.rewriting import rewrite
from schemas.frame import is_frame, split_frame

MAX_EVENTS: Final = 30_000
PORTIONS_AT_ONCE: Final = 4
"""Portions whose places are read at once."""
Columns = tuple[Sequence[int], Sequence[int], Sequence[int], Sequence[int]]
"""Instants, partitions, offsets and indexes."""
FIRST_WIDTH_MS: Final = 60_000
_MAX_WIDTH_MS: Final = 32 * 86_400_000
_FRAMES_AT_ONCE: Final = 64
_FRAMES_IN_QUERY: Final = 10_000
_LONG_STATEMENT: Final = {"max_query_size": 4 << 20}
_NEXT: Final = (
    "SELECT toUnixTimestamp64Milli({column}) AS at, partition, offset, frame_index FROM events FINAL "
    "WHERE {condition} AND (at, partition, offset, frame_index * 2 + 2) > "
    "(%(after_ms)s, %(after_partition)s, %(after_offset)s, %(after_rank)s) "
    "ORDER BY at, partition, offset, frame_index LIMIT %(limit)s"
)
_FRAMES: Final = "SELECT partition, offset, value FROM frames WHERE (partition, offset) IN %(positions)s"


@dataclass(frozen=True)
class Portion:
    """Events in order; ``digests[i]`` is the chain's value after ``entries[i]``."""

    start: Cursor
    places: list[Place]
    entries: list[bytes]
    digests: list[bytes]
    upto: Place
    """Nothing that is not here lies between ``start`` and this place."""
    is_last: bool

    def cursor(self, shown: int) -> Cursor:
        """The cursor after the first ``shown`` events of the portion."""
        if not shown:
            return self.start
        return Cursor(self.places[shown - 1], self.start.since_ms, self.start.shown + shown, self.digests[shown - 1])

    def end(self) -> Cursor:
        """The cursor after everything that the portion covers."""
        return self.cursor(len(self.entries))._replace(place=self.upto)


class PortionReader:
    """Reads portion after portion, and the places of many portions at once.

    A query of ``events`` reads at least one granule of every campus and system, so it had better find much. What it
    found is kept as bare columns; only a portion's own places become objects.
    """

    def __init__(self, query: ReplayQuery, width_ms: int = FIRST_WIDTH_MS) -> None:
        self._query = query
        self._width_ms = width_ms
        self._columns: Columns = ((), (), (), ())
        self._used = 0
        self._next = before(query.from_ms)
        """Of the kept columns, what is not used lies right after this place."""
        self._kept_upto = self._next

    def read(self, client: Client, start: Cursor, limit: int = MAX_EVENTS) -> Portion:
        """The portion after a cursor: some events, or none when the interval's end is reached.

        Args:
            client: gives strings as bytes.
            start: what was shown before.
            limit: most events.

        Raises:
            StoreAwayError, StoreRefusedError: see :func:`streams.archive.store_client.translated`.
            DataFaultError: an event passed its retention while it was read.
        """
        if start.place != self._next:
            self._columns, self._used = ((), (), (), ()), 0
            self._next = self._kept_upto = start.place
        if self._used == len(self._columns[0]):
            self._read_places(client, PORTIONS_AT_ONCE * limit)
        stop = min(self._used + limit, len(self._columns[0]))
        at, partitions, offsets, indexes = (column[self._used : stop] for column in self._columns)
        places = list(map(Place, at, partitions, offsets, map(event_rank, indexes)))
        self._used = stop
        is_kept_used = stop == len(self._columns[0])
        self._next = self._kept_upto if is_kept_used else places[-1]
        is_last = is_kept_used and self._kept_upto.at_ms >= self._query.to_ms
        upto = after(self._query.to_ms - 1) if is_last else self._next
        return _portion(client, start, places, upto, is_last=is_last)

    def _read_places(self, client: Client, most: int) -> None:
        """The next places, wherever in the interval they are, and at most so many."""
        start, end_ms = self._kept_upto, self._query.to_ms
        low_ms = max(start.at_ms, self._query.from_ms)
        while low_ms < end_ms:
            high_ms = min(low_ms + self._width_ms, end_ms)
            self._columns, self._used = self._places(client, start, low_ms, high_ms, most), 0
            found = len(self._columns[0])
            self._adapt(found, most)
            if found == most:
                at, partition, offset, index = (column[-1] for column in self._columns)
                self._kept_upto = Place(at, partition, offset, event_rank(index))
                return
            self._kept_upto = before(high_ms)
            if found:
                return
            low_ms = high_ms

    def _adapt(self, found: int, most: int) -> None:
        """Narrower when there was more than fits, wider when there was little."""
        if found == most:
            self._width_ms = max(1, self._width_ms // 2)
        elif found * 4 < most:
            self._width_ms = min(_MAX_WIDTH_MS, self._width_ms * 4)

    def _places(self, client: Client, start: Place, low_ms: int, high_ms: int, most: int) -> Columns:
        condition = self._query.between(low_ms, high_ms)
        parameters = {
            **condition.parameters,
            "after_ms": start.at_ms,
            "after_partition": start.partition,
            "after_offset": start.offset,
            "after_rank": start.rank,
            "limit": most,
        }
        sql = _NEXT.format(column=self._query.column, condition=condition.sql)
        columns = client.execute(sql, parameters, columnar=True, settings=_LONG_STATEMENT)
        return tuple(columns) if columns else ((), (), (), ())


def _portion(client: Client, start: Cursor, places: list[Place], upto: Place, *, is_last: bool) -> Portion:
    entries = _entries(client, places)
    digests, digest = [], start.digest
    for shown in entries:
        digest = link(digest, shown)
        digests.append(digest)
    return Portion(start, places, entries, digests, upto, is_last)


def _entries(client: Client, places: list[Place]) -> list[bytes]:
    """The entries of events, in the order of their places."""
    wanted: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        wanted[place.partition, place.offset].append(number)
    found: list[bytes | None] = [None] * len(places)
    positions = sorted(wanted)
    for first in range(0, len(positions), _FRAMES_IN_QUERY):
        for position, value in _values(client, positions[first : first + _FRAMES_IN_QUERY]):
            _take(value, wanted[position], places, found)
    if missing := [number for number, made in enumerate(found) if made is None]:
        for number, made in zip(missing, rewrite(client, [places[number] for number in missing]), strict=True):
            found[number] = made
    return [made for made in found if made is not None]


def _values(client: Client, positions: list[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], bytes]]:
    """The frames at some positions, few in memory at a time: one query for all, so that the store reads ahead."""
    settings = {**_LONG_STATEMENT, "max_block_size": _FRAMES_AT_ONCE}
    found = client.execute_iter(_FRAMES, {"positions": tuple(positions)}, settings=settings)
    return (((partition, offset), value) for partition, offset, value in found)


def _take(value: bytes, numbers: list[int], places: list[Place], found: list[bytes | None]) -> None:
    """Cut the wanted events out of a frame. A frame that is damaged gives none; its rows are rewritten."""
    if not is_frame(value):
        return
    try:
        slices = split_frame(value)
    except msgspec.MsgspecError:
        return
    for number in numbers:
        at_ms, partition, offset, rank = places[number]
        index = rank // 2 - 1
        if index < len(slices):
            found[number] = entry(at_ms, partition, offset, index, slices[index])
