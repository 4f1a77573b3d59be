"""One portion of a replay: the next events of the order, with the bytes that were sent. Blocking.

The narrow ``events`` table says which events come next; :mod:`api.replay.cutting` fetches their bytes.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from clickhouse_driver import Client

from api.replay.cursor import Cursor
from api.replay.cutting import LONG_STATEMENT, Columns, cut
from api.replay.entry import chain, restated_entry
from api.replay.place import Place, after, before
from api.replay.query import ReplayQuery

MAX_EVENTS: Final = 30_000
PORTIONS_AT_ONCE: Final = 4
"""Portions whose places are read at once."""
FIRST_WIDTH_MS: Final = 60_000
_MAX_WIDTH_MS: Final = 32 * 86_400_000
_NEXT: Final = (
    "SELECT toUnixTimestamp64Milli({column}) AS at, partition, offset, frame_index, {is_old} FROM events FINAL "
    "WHERE {condition} AND (at, partition, offset, frame_index * 2 + 2) > "
    "(%(after_ms)s, %(after_partition)s, %(after_offset)s, %(after_rank)s) "
    "ORDER BY at, partition, offset, frame_index LIMIT %(limit)s"
)


@dataclass(frozen=True)
class Portion:
    """Events in order; ``digests[i]`` is the chain's value after ``entries[i]``."""

    start: Cursor
    columns: Columns
    entries: list[bytes]
    digests: list[bytes]
    upto: Place
    """Nothing that is not here lies between ``start`` and this place."""
    is_last: bool

    def place(self, number: int) -> Place:
        """The place of an event."""
        return self.columns.place(number)

    def first_from(self, place: Place, low: int) -> int:
        """The first event from number ``low`` on that does not stand before a place."""
        return bisect_left(range(len(self.entries)), place, low, key=self.place)

    def first_at(self, at_ms: int, low: int, high: int) -> int:
        """The first event between two numbers that does not stand before an instant."""
        return bisect_left(self.columns.at_ms, at_ms, low, high)

    def cursor(self, shown: int) -> Cursor:
        """The cursor after the first ``shown`` events of the portion."""
        if not shown:
            return self.start
        return Cursor(self.place(shown - 1), self.start.since_ms, self.start.shown + shown, self.digests[shown - 1])

    def end(self) -> Cursor:
        """The cursor after everything that the portion covers."""
        return self.cursor(len(self.entries))._replace(place=self.upto)


class PortionReader:
    """Reads portion after portion, and the places of many portions at once.

    A query of ``events`` reads at least one granule of every campus and system, so it had better find much.
    """

    def __init__(self, query: ReplayQuery, width_ms: int = FIRST_WIDTH_MS) -> None:
        self._query = query
        self._width_ms = width_ms
        self._columns = Columns()
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
            self._columns, self._used = Columns(), 0
            self._next = self._kept_upto = start.place
        if self._used == len(self._columns.at_ms):
            self._read_places(client, PORTIONS_AT_ONCE * limit)
        stop = min(self._used + limit, len(self._columns.at_ms))
        columns = self._columns.part(self._used, stop)
        self._used = stop
        is_kept_used = stop == len(self._columns.at_ms)
        self._next = self._kept_upto if is_kept_used else self._columns.place(stop - 1)
        is_last = is_kept_used and self._kept_upto.at_ms >= self._query.to_ms
        upto = after(self._query.to_ms - 1) if is_last else self._next
        entries = cut(client, columns)
        digests = chain(start.digest, entries)
        self._restate(entries, columns)
        return Portion(start, columns, entries, digests, upto, is_last)

    def _restate(self, entries: list[bytes], columns: Columns) -> None:
        """Put the newest version beside the words of every event of an old one."""
        if 1 in columns.is_old:
            for number, is_old in enumerate(columns.is_old):
                if is_old:
                    entries[number] = restated_entry(entries[number], self._query.upcasts)

    def _read_places(self, client: Client, most: int) -> None:
        """The next places, wherever in the interval they are, and at most so many."""
        start, end_ms = self._kept_upto, self._query.to_ms
        low_ms = max(start.at_ms, self._query.from_ms)
        while low_ms < end_ms:
            high_ms = min(low_ms + self._width_ms, end_ms)
            self._columns, self._used = self._places(client, start, low_ms, high_ms, most), 0
            found = len(self._columns.at_ms)
            self._adapt(found, most)
            if found == most:
                self._kept_upto = self._columns.place(found - 1)
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
        condition, older = self._query.between(low_ms, high_ms), self._query.upcasts.older
        parameters = {
            **condition.parameters,
            "after_ms": start.at_ms,
            "after_partition": start.partition,
            "after_offset": start.offset,
            "after_rank": start.rank,
            "limit": most,
            "older": older,
        }
        is_old = "type IN %(older)s" if older else "0"
        sql = _NEXT.format(column=self._query.column, condition=condition.sql, is_old=is_old)
        return Columns(*client.execute(sql, parameters, columnar=True, settings=LONG_STATEMENT))
