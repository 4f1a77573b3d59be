"""Recomputes what proves the archive, and says where it does not agree. Blocking.

A block agrees if every campus's root follows from its previous root and from the bytes that are stored; a partition
agrees if, besides, each block's previous roots are the roots of the blocks before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from clickhouse_driver import Client

from streams.archive.merkle import chain_hash, tree_hash
from streams.archive.reading import read_records
from streams.archive.sealing import CampusRoot, Head, leaves_of
from streams.archive.store_client import rows

_DONE = (
    "SELECT first_offset, last_offset, records, campus_ids, sequences, leaves, previous_roots, roots "
    "FROM archive_ranges FINAL WHERE partition = %(partition)s AND state = 'done' "
)


@dataclass(frozen=True)
class SealedRange:
    """A done row: a range, how many records it had, and its roots."""

    partition: int
    first_offset: int
    last_offset: int
    records: int
    roots: tuple[CampusRoot, ...]


@dataclass(frozen=True)
class Disagreement:
    """What does not fit: ``reason`` is ``records``, ``root``, ``missing``, ``unknown`` or ``chain``."""

    first_offset: int
    last_offset: int
    campus_id: str
    reason: str


def sealed_ranges(client: Client, partition: int) -> list[SealedRange]:
    """The done rows of a partition, in the order of the log."""
    found = rows(client, _DONE + "ORDER BY first_offset", {"partition": partition})
    return [_sealed(partition, row) for row in found]


def sealed_range_of(client: Client, partition: int, offset: int) -> SealedRange | None:
    """The done row whose range an offset lies in."""
    within = "AND first_offset <= %(offset)s AND last_offset >= %(offset)s"
    found = rows(client, _DONE + within, {"partition": partition, "offset": offset})
    return _sealed(partition, found[0]) if found else None


def verify_block(client: Client, sealed: SealedRange) -> list[Disagreement]:
    """Recompute a block's roots from the stored bytes; empty if all agrees."""
    records = tuple(read_records(client, sealed.partition, sealed.first_offset, sealed.last_offset))
    stored = leaves_of(records).by_campus
    wrong = [] if len(records) == sealed.records else [_disagree(sealed, "", "records")]
    for root in sealed.roots:
        leaves = stored.pop(root.campus_id, None)
        if leaves is None:
            wrong.append(_disagree(sealed, root.campus_id, "missing"))
        elif len(leaves) != root.leaves or chain_hash(root.previous_root, tree_hash(leaves)) != root.root:
            wrong.append(_disagree(sealed, root.campus_id, "root"))
    return wrong + [_disagree(sealed, campus_id, "unknown") for campus_id in sorted(stored)]


def verify_partition(client: Client, partition: int) -> Iterator[Disagreement]:
    """Recompute every block of a partition and follow every chain."""
    heads: dict[str, Head] = {}
    for sealed in sealed_ranges(client, partition):
        yield from verify_block(client, sealed)
        for root in sealed.roots:
            before = heads.get(root.campus_id, Head())
            if (root.sequence, root.previous_root) != (before.sequence + 1, before.root):
                yield _disagree(sealed, root.campus_id, "chain")
            heads[root.campus_id] = Head(root.sequence, root.root)


def _sealed(partition: int, row: tuple[Any, ...]) -> SealedRange:
    first, last, records, campuses, sequences, leaves, previous, roots = row
    names = [campus.decode() for campus in campuses]
    columns = zip(names, sequences, leaves, previous, roots, strict=True)
    return SealedRange(partition, first, last, records, tuple(CampusRoot(*column) for column in columns))


def _disagree(sealed: SealedRange, campus_id: str, reason: str) -> Disagreement:
    return Disagreement(sealed.first_offset, sealed.last_offset, campus_id, reason)
