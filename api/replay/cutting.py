"""Cuts the entries of a portion out of the frames that hold them. Blocking.

The work is by frame: each is asked for, split and filled in once, and let go before the next ones come. The memory is
that of the entries, not of the frames, which may hold a hundred other campuses.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec
from clickhouse_driver import Client

from api.replay.entry import entry_form
from api.replay.place import Place, event_rank
from api.replay.rewriting import rewrite
from schemas.frame import is_frame, split_frame

LONG_STATEMENT: Final = {"max_query_size": 4 << 20}
_FRAMES_AT_ONCE: Final = 64
_FRAMES_IN_QUERY: Final = 10_000
_FRAMES: Final = "SELECT partition, offset, value FROM frames WHERE (partition, offset) IN %(positions)s"
_Position = tuple[int, int]
"""Partition and offset of a frame."""


class Columns(NamedTuple):
    """Where events stand, column by column: bare numbers, since an object for each would cost more than its event."""

    at_ms: Sequence[int] = ()
    partitions: Sequence[int] = ()
    offsets: Sequence[int] = ()
    indexes: Sequence[int] = ()
    is_old: Sequence[int] = ()
    """1: of a version that is read as a newer one."""

    def part(self, first: int, stop: int) -> "Columns":
        """Some of the rows."""
        return Columns(*(column[first:stop] for column in self))

    def place(self, number: int) -> Place:
        """The place of one row."""
        return Place(
            self.at_ms[number], self.partitions[number], self.offsets[number], event_rank(self.indexes[number])
        )


def cut(client: Client, columns: Columns) -> list[bytes]:
    """The entries of events, in the order of their places.

    Raises:
        DataFaultError: an event passed its retention while it was read.
    """
    wanted: defaultdict[_Position, list[int]] = defaultdict(list)
    for number, position in enumerate(zip(columns.partitions, columns.offsets, strict=True)):
        wanted[position].append(number)
    found: list[bytes | None] = [None] * len(columns.at_ms)
    positions = sorted(wanted)
    for first in range(0, len(positions), _FRAMES_IN_QUERY):
        for position, value in _values(client, positions[first : first + _FRAMES_IN_QUERY]):
            _fill(found, position, value, wanted[position], columns)
    if missing := [number for number, made in enumerate(found) if made is None]:
        for number, made in zip(missing, rewrite(client, [columns.place(it) for it in missing]), strict=True):
            found[number] = made
    return [made for made in found if made is not None]


def _values(client: Client, positions: list[_Position]) -> Iterator[tuple[_Position, bytes]]:
    """The frames at some positions, few in memory at a time: one query for all, so that the store reads ahead."""
    settings = {**LONG_STATEMENT, "max_block_size": _FRAMES_AT_ONCE}
    found = client.execute_iter(_FRAMES, {"positions": tuple(positions)}, settings=settings)
    return (((partition, offset), value) for partition, offset, value in found)


def _fill(
    found: list[bytes | None], position: _Position, value: bytes, numbers: Sequence[int], columns: Columns
) -> None:
    """Put the wanted events of a frame into their places. A frame that is damaged gives none: they are rewritten."""
    slices = _slices(value)
    form, count, at_ms, indexes = entry_form(*position), len(slices), columns.at_ms, columns.indexes
    for number in numbers:
        index = indexes[number]
        if index < count:
            found[number] = form % (at_ms[number], index, slices[index])


def _slices(value: bytes) -> list[msgspec.Raw]:
    """The events of a frame; none if it is damaged."""
    if not is_frame(value):
        return []
    try:
        return split_frame(value)
    except msgspec.MsgspecError:
        return []
