"""Finds what a proof must read by the index over each campus's leaves. Blocking.

Without it, proving one event takes all of its block: sixteen megabytes to read, tens of thousands of hashes. With it,
the frames around the event are read and one group of leaves is hashed.
"""

from bisect import bisect_left
from typing import NamedTuple

from clickhouse_driver import Client

from streams.archive.merkle import GROUP_LEAVES
from streams.archive.sealing import LeafIndex
from streams.archive.store_client import rows


class Stretch(NamedTuple):
    """A run of a block's records that holds whole groups of a campus's leaves."""

    first_offset: int
    last_offset: int
    first_leaf: int
    """Number of the campus's first leaf in these records."""
    leaves: int
    """How many of its leaves are in these records."""


def read_leaf_index(client: Client, partition: int, first_offset: int, campus_id: str) -> LeafIndex | None:
    """The index of a campus's leaves in the block that begins at an offset; None if none was kept."""
    found = rows(
        client,
        "SELECT ends, counts, groups FROM archive_leaf_index WHERE partition = %(partition)s "
        "AND first_offset = %(offset)s AND campus_id = %(campus)s LIMIT 1",
        {"partition": partition, "offset": first_offset, "campus": campus_id},
    )
    return LeafIndex(campus_id, *map(tuple, found[0])) if found else None


def stretch_over(index: LeafIndex, block_first_offset: int, first_offset: int, last_offset: int) -> Stretch:
    """The shortest run of strides with the whole groups of all the campus's leaves between two offsets (inclusive)."""
    first = _stride(index, first_offset)
    last = _stride(index, last_offset)
    first_leaf = _before(index, first) // GROUP_LEAVES * GROUP_LEAVES
    end_leaf = -(-index.counts[last] // GROUP_LEAVES) * GROUP_LEAVES
    while first and _before(index, first) > first_leaf:
        first -= 1
    while last + 1 < len(index.counts) and index.counts[last] < end_leaf:
        last += 1
    start = block_first_offset if first == 0 else index.ends[first - 1] + 1
    return Stretch(start, index.ends[last], _before(index, first), index.counts[last] - _before(index, first))


def _stride(index: LeafIndex, offset: int) -> int:
    return min(bisect_left(index.ends, offset), len(index.ends) - 1)


def _before(index: LeafIndex, stride: int) -> int:
    return index.counts[stride - 1] if stride else 0
