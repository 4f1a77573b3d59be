"""Reads settled ranges, the tree over them, checkpoints and heads from the store. Blocking; strings are bytes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from clickhouse_driver import Client

from schemas.checkpoints import Signed
from streams.archive.block_tree import SettledRange
from streams.archive.sealing import CampusRoot, Head
from streams.archive.store_client import rows
from streams.archive.tree_proofs import NodeAddress, NodeOf, Span, nodes_of

_COLUMNS: Final = (
    "first_offset, last_offset, toString(state), records, campus_ids, sequences, leaves, previous_roots, roots"
)
PAGE: Final = 1000
"""Ranges that are read at once."""


def settled_from(client: Client, partition: int, offset: int, limit: int = PAGE) -> list[SettledRange]:
    """The settled ranges that begin at an offset or behind it, in the order of the log."""
    found = rows(
        client,
        f"SELECT {_COLUMNS} FROM archive_ranges FINAL WHERE partition = %(partition)s AND first_offset >= %(offset)s "  # noqa: S608 — a constant
        "AND state != 'open' ORDER BY first_offset LIMIT %(limit)s",
        {"partition": partition, "offset": offset, "limit": limit},
    )
    return [_settled(partition, row) for row in found]


def settled_after(client: Client, ends: Mapping[int, int]) -> dict[int, list[SettledRange]]:
    """As :func:`settled_from` for several partitions at once: what begins at each one's offset or behind it.

    Args:
        client: gives bytes.
        ends: the first wanted offset by partition; not empty.

    Returns:
        By partition, at most :data:`PAGE` ranges each.
    """
    wanted = " OR ".join(f"(partition = {partition:d} AND first_offset >= {end:d})" for partition, end in ends.items())
    found = rows(
        client,
        f"SELECT partition, {_COLUMNS} FROM archive_ranges FINAL WHERE ({wanted}) AND state != 'open' "  # noqa: S608 — numbers
        f"ORDER BY partition, first_offset LIMIT {PAGE} BY partition",
    )
    settled: dict[int, list[SettledRange]] = {partition: [] for partition in ends}
    for partition, *row in found:
        settled[partition].append(_settled(partition, tuple(row)))
    return settled


def all_settled(client: Client, partition: int, offset: int = 0) -> Iterator[SettledRange]:
    """As :func:`settled_from`, every one of them, read page by page."""
    while page := settled_from(client, partition, offset):
        yield from page
        if len(page) < PAGE:
            return
        offset = page[-1].first_offset + 1


def settled_at(client: Client, partition: int, first_offsets: Iterable[int]) -> dict[int, SettledRange]:
    """The settled ranges that begin exactly at these offsets."""
    found = rows(
        client,
        f"SELECT {_COLUMNS} FROM archive_ranges WHERE partition = %(partition)s AND first_offset IN %(offsets)s "  # noqa: S608 — a constant
        "AND state != 'open'",
        {"partition": partition, "offsets": tuple(first_offsets)},
    )
    return {row[0]: _settled(partition, row) for row in found}


def block_index_of(client: Client, partition: int, offset: int) -> tuple[int, int] | None:
    """(place in the tree, first offset) of the range that holds an offset; None if the tree does not reach it."""
    found = rows(
        client,
        "SELECT block_index, first_offset, last_offset FROM archive_blocks WHERE partition = %(partition)s "
        "AND first_offset <= %(offset)s ORDER BY block_index DESC LIMIT 1",
        {"partition": partition, "offset": offset},
    )
    return found[0][:2] if found and offset <= found[0][2] else None


def tree_size(client: Client, partition: int) -> tuple[int, int]:
    """(blocks in the stored tree, the first offset behind them)."""
    found = rows(
        client,
        "SELECT block_index + 1, last_offset + 1 FROM archive_blocks WHERE partition = %(partition)s "
        "ORDER BY block_index DESC LIMIT 1",
        {"partition": partition},
    )
    return found[0] if found else (0, 0)


def read_nodes(client: Client, partition: int, spans: Iterable[Span]) -> NodeOf:
    """The nodes that make up ranges of the tree, in one query.

    Raises:
        KeyError: by the returned function: the store does not have the node.
    """
    wanted = rows_wanted(spans)
    return node_lookup(dict(_nodes(client, partition, wanted)) if wanted else {})


def rows_wanted(spans: Iterable[Span]) -> set[int]:
    """The blocks whose rows in the tree hold the nodes that make up ranges."""
    return {address.completed_by for address in chain.from_iterable(map(nodes_of, spans))}


def node_lookup(found: Mapping[int, Sequence[bytes]]) -> NodeOf:
    """The nodes of rows of the tree, which are given by block.

    Raises:
        KeyError: by the returned function: the node is in none of the rows.
    """

    def node_of(address: NodeAddress) -> bytes:
        nodes = found.get(address.completed_by, ())
        if len(nodes) <= address.level:
            raise KeyError(address)
        node: bytes = nodes[address.level]
        return node

    return node_of


def read_leaves(client: Client, partition: int, first_index: int, end_index: int) -> dict[int, bytes]:
    """The stored leaves of the tree from an index to another (exclusive)."""
    found = rows(
        client,
        "SELECT block_index, nodes[1] FROM archive_blocks WHERE partition = %(partition)s "
        "AND block_index >= %(first)s AND block_index < %(end)s",
        {"partition": partition, "first": first_index, "end": end_index},
    )
    return dict(found)


def checkpoint_over(client: Client, partition: int, block_index: int) -> Signed | None:
    """The first checkpoint that covers a block; None if it is not signed yet."""
    found = rows(
        client,
        "SELECT body, key_id, signature FROM archive_checkpoints WHERE partition = %(partition)s "
        "AND size > %(size)s ORDER BY size, made_at DESC LIMIT 1",
        {"partition": partition, "size": block_index},
    )
    return _signed(found[0]) if found else None


def checkpoint_of_size(client: Client, partition: int, size: int) -> Signed | None:
    """The checkpoint over exactly so many blocks; None if the tree was not signed at that size."""
    found = _checkpoints(
        client, "partition = %(partition)s AND size = %(size)s", {"partition": partition, "size": size}
    )
    return found[0] if found else None


def newest_checkpoints(client: Client, until_ms: int | None = None) -> list[Signed]:
    """The newest checkpoint of every partition, made before ``until_ms`` if that is given."""
    return _checkpoints(
        client,
        "(partition, size) IN (SELECT partition, max(size) FROM archive_checkpoints "
        "WHERE %(until)s = 0 OR made_at < fromUnixTimestamp64Milli(%(until)s) GROUP BY partition) ORDER BY partition",
        {"until": until_ms or 0},
    )


def all_checkpoints(client: Client, partition: int) -> list[Signed]:
    """Every checkpoint of a partition, in the order of their sizes."""
    return _checkpoints(client, "partition = %(partition)s ORDER BY size", {"partition": partition})


def heads_before(client: Client, partition: int, next_offset: int) -> dict[str, Head]:
    """The head of every campus as it was when the archive ended before ``next_offset``.

    Read from the newest heads, from which what was settled since is taken back: cheap for a recent checkpoint.
    """
    found = rows(
        client,
        "SELECT campus_id, sequence, root FROM archive_heads FINAL WHERE partition = %(partition)s",
        {"partition": partition},
    )
    heads = {campus_id.decode(): Head(sequence, root) for campus_id, sequence, root in found}
    earlier: dict[str, Head] = {}
    for block in all_settled(client, partition, next_offset):
        for root in block.roots:
            earlier.setdefault(root.campus_id, Head(root.sequence - 1, root.previous_root))
    return {campus_id: head for campus_id, head in (heads | earlier).items() if head.sequence}


def _nodes(client: Client, partition: int, indexes: Iterable[int]) -> list[tuple[int, list[bytes]]]:
    return rows(
        client,
        "SELECT block_index, nodes FROM archive_blocks WHERE partition = %(partition)s AND block_index IN %(indexes)s",
        {"partition": partition, "indexes": tuple(indexes)},
    )


def _checkpoints(client: Client, where: str, parameters: dict[str, Any]) -> list[Signed]:
    sql = f"SELECT body, key_id, signature FROM archive_checkpoints FINAL WHERE {where}"  # noqa: S608 — constants
    return [_signed(row) for row in rows(client, sql, parameters)]


def _signed(row: tuple[Any, ...]) -> Signed:
    return Signed(*(text.decode() for text in row))


def _settled(partition: int, row: tuple[Any, ...]) -> SettledRange:
    first, last, state, records, campuses, sequences, leaves, previous, roots = row
    names = [campus.decode() for campus in campuses]
    columns = zip(names, sequences, leaves, previous, roots, strict=True)
    return SettledRange(partition, first, last, state.decode(), records, tuple(CampusRoot(*one) for one in columns))
