"""Reads the events of some campuses from a run of the log's archived records. Blocking; strings are bytes."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple

import msgspec
from clickhouse_driver import Client

from schemas.frame import is_frame, split_frame
from streams.archive.block import LogRecord
from streams.archive.store_client import rows

_RECORDS: Final = (
    "SELECT offset, toUnixTimestamp64Milli(recorded_at), value FROM frames FINAL "
    "PREWHERE partition = %(partition)s AND offset BETWEEN %(first)s AND %(last)s"
)


class _CampusOf(msgspec.Struct, frozen=True, gc=False):
    campusid: str = ""


_CAMPUSES: Final = msgspec.json.Decoder(list[_CampusOf])


class Position(NamedTuple):
    """Where an event stands: in which frame of which partition, and where in the frame."""

    partition: int
    offset: int
    frame_index: int


class ArchivedEvent(NamedTuple):
    """An event's own bytes and where they stand."""

    position: Position
    raw: bytes


class Records(NamedTuple):
    """A run of a partition's records; both offsets belong to it."""

    partition: int
    first_offset: int
    last_offset: int

    def parameters(self) -> dict[str, Any]:
        """For a query."""
        return {"partition": self.partition, "first": self.first_offset, "last": self.last_offset}


def read_events(
    client: Client, records: Records, campuses: Collection[str], *, is_narrow: bool
) -> defaultdict[str, list[ArchivedEvent]]:
    """The events of some campuses, by campus, as the leaves of each are ordered.

    Args:
        client: gives bytes.
        records: where.
        campuses: whose.
        is_narrow: let the store pass over frames that do not name one of the campuses. A name may be spelled with
            escapes, and is then not seen.
    """
    named = " WHERE multiSearchAny(value, %(campuses)s)" if is_narrow else ""
    found = rows(client, f"{_RECORDS}{named} ORDER BY offset", {**records.parameters(), "campuses": list(campuses)})
    return _split(records.partition, (LogRecord(*row) for row in found), frozenset(campuses))


def count_records(client: Client, records: Records) -> int:
    """How many of the records are there."""
    held: int = rows(client, f"SELECT count() FROM ({_RECORDS})", records.parameters())[0][0]  # noqa: S608 — a constant
    return held


def _split(
    partition: int, records: Iterable[LogRecord], wanted: frozenset[str]
) -> defaultdict[str, list[ArchivedEvent]]:
    """The events of some campuses, by campus; what cannot be split has none, as at sealing."""
    found: defaultdict[str, list[ArchivedEvent]] = defaultdict(list)
    for record in records:
        if not is_frame(record.value):
            continue
        try:
            named = _CAMPUSES.decode(record.value)
            slices = split_frame(record.value) if any(one.campusid in wanted for one in named) else []
        except msgspec.MsgspecError:
            continue
        for index, (one, raw) in enumerate(zip(named, slices, strict=False)):
            if one.campusid in wanted:
                found[one.campusid].append(ArchivedEvent(Position(partition, record.offset, index), bytes(raw)))
    return found
