"""Finds where an offset stands in the archive, and all that a proof of it begins with, in one query. Blocking.

A query costs the store a few milliseconds however little it reads, so the four tables are asked at once. None of the
four answers needs another one: each table is ordered by, or has an index over, the offsets of the log.
"""

from typing import Any, Final, NamedTuple

from clickhouse_driver import Client

from schemas.checkpoints import Signed
from streams.archive.block_tree import LocatedBlock, SettledRange
from streams.archive.sealing import CampusRoot, LeafIndex
from streams.archive.store_client import rows

_BLOCK, _CHECKPOINT, _RANGE, _INDEX = range(4)
_SQL: Final = f"""
SELECT {_BLOCK} AS kind, [block_index, first_offset, last_offset] AS numbers, CAST([] AS Array(String)) AS texts,
    CAST([] AS Array(FixedString(32))) AS hashes
FROM (SELECT block_index, first_offset, last_offset FROM archive_blocks
    WHERE partition = %(partition)s AND first_offset <= %(offset)s ORDER BY block_index DESC LIMIT 1)
UNION ALL
SELECT {_CHECKPOINT}, [size], [body, toString(key_id), toString(signature)], []
FROM (SELECT size, body, key_id, signature FROM archive_checkpoints
    WHERE partition = %(partition)s AND next_offset > %(offset)s ORDER BY size, made_at DESC LIMIT 1)
UNION ALL
SELECT {_RANGE}, arrayConcat([first_offset, last_offset, toUInt64(records)], sequences, leaves),
    arrayPushFront(campus_ids, toString(state)), arrayConcat(previous_roots, roots)
FROM (SELECT first_offset, last_offset, state, records, campus_ids, sequences, leaves, previous_roots, roots
    FROM archive_ranges WHERE partition = %(partition)s AND first_offset <= %(offset)s AND state != 'open'
    ORDER BY first_offset DESC, rank DESC LIMIT 1)
UNION ALL
SELECT {_INDEX}, arrayConcat([first_offset], ends, counts), [], groups
FROM (SELECT first_offset, ends, counts, groups FROM archive_leaf_index
    WHERE partition = %(partition)s AND first_offset <= %(offset)s AND campus_id = %(campus)s
    ORDER BY first_offset DESC LIMIT 1)
"""  # noqa: S608 — numbers of our own


class Placed(NamedTuple):
    """What the archive says of an offset and of a campus in its block; what is not there is None."""

    located: LocatedBlock
    checkpoint: Signed | None
    """The first that ends behind the offset."""
    leaf_index: LeafIndex | None


class _Row(NamedTuple):
    numbers: list[int]
    texts: list[bytes]
    hashes: list[bytes]


def placed_at(client: Client, partition: int, offset: int, campus_id: str) -> Placed | None:
    """What there is about an offset; None if the tree over blocks does not reach it."""
    asked = {"partition": partition, "offset": offset, "campus": campus_id}
    found: dict[int, _Row] = {kind: _Row(*row) for kind, *row in rows(client, _SQL, asked)}
    if _BLOCK not in found or _RANGE not in found:
        return None
    block_index, first_offset, last_offset = found[_BLOCK].numbers
    block = _settled(partition, found[_RANGE])
    if offset > last_offset or block.first_offset != first_offset:
        return None
    signed = Signed(*(text.decode() for text in found[_CHECKPOINT].texts)) if _CHECKPOINT in found else None
    return Placed(LocatedBlock(block_index, block), signed, _index(found.get(_INDEX), first_offset, campus_id))


def _settled(partition: int, row: _Row) -> SettledRange:
    state, *campuses = (text.decode() for text in row.texts)
    first, last, records, *numbers = row.numbers
    count = len(campuses)
    columns: Any = zip(campuses, numbers[:count], numbers[count:], row.hashes[:count], row.hashes[count:], strict=True)
    return SettledRange(partition, first, last, state, records, tuple(CampusRoot(*one) for one in columns))


def _index(row: _Row | None, first_offset: int, campus_id: str) -> LeafIndex | None:
    """The index, if it is that of the block which begins at the offset: an older block's may have been found."""
    if row is None or row.numbers[0] != first_offset:
        return None
    strides = len(row.numbers) // 2
    ends, counts = row.numbers[1 : 1 + strides], row.numbers[1 + strides :]
    return LeafIndex(campus_id, tuple(ends), tuple(counts), tuple(row.hashes))
