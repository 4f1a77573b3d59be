"""The tree over a partition's blocks, whose root is signed. Pure.

A campus's chain (:mod:`streams.archive.sealing`) grows by one link per block: to prove over a chain that an old head
leads to a new one takes every root between them, half a megabyte a day. So the settled ranges of a partition are,
besides, the leaves of one RFC 6962 tree. A proof of inclusion or of consistency is then a dozen or two hashes whatever
the age, the tree costs one leaf per block and not one per campus and block, and one signature covers every campus.

Three kinds of leaf, each the hash of a text that can be written down by hand (see ``docs/proof.md``):

- *block*: a settled range and the root over its campuses' entries;
- *entry*: what a block adds to one campus's chain;
- *head*: a campus's newest entry, for the tree over heads.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from streams.archive.merkle import leaf_hash, tree_hash
from streams.archive.sealing import CampusRoot, Head
from streams.archive.tree_proofs import NodeAddress, node_hash, nodes_of, span_root


@dataclass(frozen=True)
class SettledRange:
    """A range that the archive has settled, as it is told in the tree: ``state`` is ``done`` or ``lost``."""

    partition: int
    first_offset: int
    last_offset: int
    state: str
    records: int
    roots: tuple[CampusRoot, ...]

    def holds(self, partition: int, offset: int) -> bool:
        """Whether a record of the log is one of the range's."""
        return partition == self.partition and self.first_offset <= offset <= self.last_offset

    def entries(self) -> list[bytes]:
        """The leaf of every campus's entry, in the order of the campuses."""
        return [leaf_hash(entry_text(root).encode()) for root in self.roots]

    def entries_root(self) -> bytes:
        """The root over the campuses' entries."""
        return tree_hash(self.entries())

    def leaf(self) -> bytes:
        """The range's leaf in the tree."""
        return leaf_hash(block_text(self, self.entries_root()).encode())


@dataclass(frozen=True)
class LocatedBlock:
    """A settled range and its place in the tree."""

    block_index: int
    block: SettledRange

    @cached_property
    def entries(self) -> list[bytes]:
        """See :meth:`SettledRange.entries`."""
        return self.block.entries()


def block_text(block: SettledRange, entries_root: bytes) -> str:
    """What the leaf of a block is the hash of."""
    return (
        f"campanile/block/v1\npartition {block.partition}\nfirst_offset {block.first_offset}\n"
        f"last_offset {block.last_offset}\nstate {block.state}\nrecords {block.records}\n"
        f"campuses {len(block.roots)}\nentries_root {entries_root.hex()}\n"
    )


def entry_text(root: CampusRoot) -> str:
    """What the leaf of a campus's entry is the hash of."""
    return (
        f"campanile/entry/v1\ncampus {root.campus_id}\nsequence {root.sequence}\nleaves {root.leaves}\n"
        f"previous_root {root.previous_root.hex()}\nroot {root.root.hex()}\n"
    )


def head_text(campus_id: str, head: Head) -> str:
    """What the leaf of a campus's head is the hash of."""
    return f"campanile/head/v1\ncampus {campus_id}\nsequence {head.sequence}\nroot {head.root.hex()}\n"


def head_leaves(heads: Mapping[str, Head]) -> list[bytes]:
    """The leaves of the tree over heads, in the order of the campuses."""
    return [leaf_hash(head_text(campus_id, heads[campus_id]).encode()) for campus_id in sorted(heads)]


@dataclass(frozen=True)
class Grown:
    """A block's place in the tree and the nodes that it completes: its leaf first, then level by level."""

    block_index: int
    block: SettledRange
    nodes: tuple[bytes, ...]


class BlockTree:
    """A growing tree, of which no more than the roots of its complete subtrees is kept.

    Args:
        size: how many blocks it has.
        frontier: the nodes of :func:`frontier_addresses`.
    """

    def __init__(self, size: int = 0, frontier: Iterable[bytes] = ()) -> None:
        self.size = size
        self._frontier = list(frontier)

    def grow(self, block: SettledRange) -> Grown:
        """Add a block at the end."""
        nodes = [block.leaf()]
        for _ in range(_trailing_ones(self.size)):
            nodes.append(node_hash(self._frontier.pop(), nodes[-1]))
        self._frontier.append(nodes[-1])
        self.size += 1
        return Grown(self.size - 1, block, tuple(nodes))

    def root(self) -> bytes:
        """The root; that of no leaves if there are none."""
        if not self.size:
            return tree_hash(())
        addresses = frontier_addresses(self.size)
        return span_root((0, self.size), dict(zip(addresses, self._frontier, strict=True)).__getitem__)


def frontier_addresses(size: int) -> list[NodeAddress]:
    """The complete subtrees that a tree of that size consists of, largest first."""
    return nodes_of((0, size))


def _trailing_ones(number: int) -> int:
    return ((number + 1) & ~number).bit_length() - 1
