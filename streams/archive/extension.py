"""Does the store still say what was signed? If not, where does it begin to say something else. Blocking.

Asked at every start of the archive, against the last checkpoint that was published outside of the store. It costs a few
queries: the root from the stored nodes, the newest leaves and the heads recomputed from the ranges. Only when something
does not agree is everything read, to name the first bad position.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from clickhouse_driver import Client

from schemas.checkpoints import Checkpoint, checkpoint_of
from schemas.errors import DataFaultError
from streams.archive.block_tree import BlockTree, head_leaves
from streams.archive.heads import all_checkpoints, all_settled, heads_before, read_leaves, read_nodes, settled_from
from streams.archive.merkle import tree_hash
from streams.archive.signing import Keychain
from streams.archive.tree_proofs import span_root

_NEWEST: Final = 512
"""Blocks whose leaves are recomputed at every start."""


class TamperedError(DataFaultError):
    """The store does not say what was signed before."""

    code = "CAMP-532"


@dataclass(frozen=True)
class BadPosition:
    """Where store and signature part: ``reason`` is ``missing``, ``altered``, or ``derived``.

    ``derived``: every range agrees, but the rows made from them (nodes or heads) do not.
    """

    first_offset: int
    last_offset: int
    reason: str


def check_extension(client: Client, published: Checkpoint, keychain: Keychain) -> None:
    """Refuse a store that does not extend a checkpoint.

    Raises:
        TamperedError: with the first bad position.
    """
    if not _is_extended(client, published):
        bad = first_bad(client, published, keychain)
        raise tampered(published, bad)


def tampered(published: Checkpoint, bad: BadPosition) -> TamperedError:
    """The error for a partition whose store and signature part."""
    return TamperedError(
        f"归档与已签名的检查点不符 / the archive of partition {published.partition} is not what was signed: "
        f"{bad.reason} at offsets {bad.first_offset}–{bad.last_offset}",
        cause="存储中的记录被改动、删除，或恢复自旧的备份 / the store was altered, cut, or restored from an older copy",
        remedy="保全现场；从备份恢复存储 / keep the evidence; restore the store from a backup (docs/proof.md)",
    )


def _is_extended(client: Client, published: Checkpoint) -> bool:
    size, partition = published.size, published.partition
    node_of = read_nodes(client, partition, [(0, size)])
    try:
        root = span_root((0, size), node_of)
    except KeyError:
        return False
    heads = heads_before(client, partition, published.next_offset)
    return (
        root == published.root
        and tree_hash(head_leaves(heads)) == published.heads_root
        and _are_newest_leaves_right(client, published)
    )


def _are_newest_leaves_right(client: Client, published: Checkpoint) -> bool:
    """Recompute the last leaves of the signed tree from the ranges."""
    first = max(0, published.size - _NEWEST)
    leaves = read_leaves(client, published.partition, first, published.size)
    found = client.execute(
        "SELECT first_offset FROM archive_blocks WHERE partition = %(partition)s AND block_index = %(index)s LIMIT 1",
        {"partition": published.partition, "index": first},
    )
    blocks = settled_from(client, published.partition, found[0][0], published.size - first) if found else []
    return [block.leaf() for block in blocks] == [leaves.get(index) for index in range(first, published.size)]


def first_bad(client: Client, published: Checkpoint, keychain: Keychain) -> BadPosition:
    """Read every settled range and find the first that the signatures do not cover.

    A leaf that differs from the stored one is named exactly. When range and leaf were altered alike, the signed
    checkpoints in between narrow the place down to the blocks between two of them.
    """
    signed = {point.size: point for point in _valid(client, published, keychain)} | {published.size: published}
    tree, good_offset, next_offset = BlockTree(), 0, 0
    leaves: dict[int, bytes] = {}
    for block in all_settled(client, published.partition):
        if block.first_offset != next_offset:
            return BadPosition(next_offset, block.first_offset - 1, "missing")
        if tree.size % _NEWEST == 0:
            leaves = read_leaves(client, published.partition, tree.size, tree.size + _NEWEST)
        if leaves.get(tree.size) not in (None, block.leaf()):
            return BadPosition(block.first_offset, block.last_offset, "altered")
        tree.grow(block)
        next_offset = block.last_offset + 1
        point = signed.get(tree.size)
        if point is not None and point.root != tree.root():
            return BadPosition(good_offset, block.last_offset, "altered")
        if point is not None:
            good_offset = next_offset
        if tree.size == published.size:
            break
    if tree.size < published.size:
        return BadPosition(next_offset, published.next_offset - 1, "missing")
    return BadPosition(0, published.next_offset - 1, "derived")


def _valid(client: Client, published: Checkpoint, keychain: Keychain) -> Iterable[Checkpoint]:
    for statement in all_checkpoints(client, published.partition):
        if keychain.has_signed(statement):
            point = checkpoint_of(statement.body)
            if (point.archive, point.partition) == (published.archive, published.partition):
                yield point
