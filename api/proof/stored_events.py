"""Reads the events of some campuses from a run of the log's archived records. Blocking; strings are bytes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
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

_TREE_ROWS: Final = (
    "SELECT block_index AS number, nodes, '' AS value FROM archive_blocks "
    "WHERE partition = %(partition)s AND block_index IN %(rows)s"
)
_STRETCH: Final = (
    "SELECT offset AS number, CAST([] AS Array(FixedString(32))) AS nodes, value FROM frames "
    "PREWHERE partition = %(partition)s AND offset BETWEEN %(first)s AND %(last)s "
    "WHERE position(value, %(campus)s) > 0"
)


class _CampusOf(msgspec.Struct, frozen=True, gc=False):
    campusid: str = ""


_CAMPUS: Final = msgspec.json.Decoder(_CampusOf)
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


class Around(NamedTuple):
    """What one query gives for a proof: rows of the tree over blocks, and a campus's events in a stretch of records."""

    nodes: dict[int, list[bytes]]
    events: list[ArchivedEvent]


def read_around(
    client: Client, partition: int, tree_rows: Collection[int], records: Records | None, campus_id: str
) -> Around:
    """Some rows of the tree (by block), and a campus's events in some records if there are any.

    As with :func:`read_events` for few: an event that spells its campus with escapes is not seen. A record that is
    stored twice counts once.
    """
    asked: dict[str, Any] = {"partition": partition, "rows": tuple(tree_rows), "campus": campus_id}
    parts = [_TREE_ROWS] if tree_rows else []
    if records is not None:
        parts.append(_STRETCH)
        asked |= records.parameters()
    found = rows(client, " UNION ALL ".join(parts), asked) if parts else []
    frames = {number: value for number, nodes, value in found if not nodes}
    events = [one for offset in sorted(frames) for one in _own(partition, offset, frames[offset], campus_id)]
    return Around({number: nodes for number, nodes, _ in found if nodes}, events)


def count_records(client: Client, records: Records) -> int:
    """How many of the records are there."""
    held: int = rows(client, f"SELECT count() FROM ({_RECORDS})", records.parameters())[0][0]  # noqa: S608 — a constant
    return held


def _own(partition: int, offset: int, value: bytes, campus_id: str) -> Iterator[ArchivedEvent]:
    """A campus's events of one record; what cannot be split has none."""
    try:
        slices = split_frame(value) if is_frame(value) else []
        name = campus_id.encode()
        named = [(index, bytes(raw)) for index, raw in enumerate(slices) if name in bytes(raw)]
        own = [(index, raw) for index, raw in named if _CAMPUS.decode(raw).campusid == campus_id]
    except msgspec.MsgspecError:
        return
    for index, raw in own:
        yield ArchivedEvent(Position(partition, offset, index), raw)


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
