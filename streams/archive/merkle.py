"""Merkle trees over the bytes of events, and the chain that ties one block's root to the next. Pure.

Leaves and nodes are those of RFC 6962 section 2.1 (Certificate Transparency): SHA-256 with a byte before each input
that tells a leaf (0x00) from a node (0x01), the larger half of the leaves to the left at each split. A third prefix,
0x02, is ours: it makes a campus's newest root depend on all its earlier ones.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
GROUP_LEVELS: Final = 4
GROUP_LEAVES: Final = 1 << GROUP_LEVELS
"""Neighbouring leaves whose common root is kept, so that a proof need not hash all the others again."""
NO_ROOT: Final = bytes(HASH_BYTES)
"""What stands before the first root of a chain."""


def leaf_hash(event: bytes) -> bytes:
    """The leaf of one event's own bytes."""
    return sha256(b"\x00" + event).digest()


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, in order; the hash of nothing if there are none (RFC 6962 2.1).

    Joining neighbours level by level, with an odd last one carried upwards, gives the tree that the RFC defines by
    splitting at the greatest power of two.
    """
    if not leaves:
        return sha256(b"").digest()
    level = leaves
    while len(level) > 1:
        level = _joined(level)
    return level[0]


def group_roots(leaves: Sequence[bytes]) -> list[bytes]:
    """The root over every :data:`GROUP_LEAVES` leaves in turn, the last over those that are left.

    They are a level of the tree: :func:`tree_hash` of them is that of the leaves.
    """
    level = list(leaves)
    for _ in range(GROUP_LEVELS):
        level = _joined(level)
    return level


def _joined(level: Sequence[bytes]) -> list[bytes]:
    """The next level of a tree; an odd last node is carried upwards as it is."""
    carried = list(level[-1:]) if len(level) % 2 else []
    pairs = iter(level)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)] + carried


def chain_hash(previous_root: bytes, tree: bytes) -> bytes:
    """The root that a block adds to a campus's chain."""
    return sha256(b"\x02" + previous_root + tree).digest()


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[tuple[bool, bytes]]:
    """What has to be shown, besides the event, to prove that it is leaf ``index``: (is on the left, hash), upwards.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    path: list[tuple[bool, bytes]] = []
    level = list(leaves)
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append((neighbour < index, level[neighbour]))
        level = _joined(level)
        index //= 2
    return path


def root_of_path(event: bytes, path: Sequence[tuple[bool, bytes]]) -> bytes:
    """The tree's root that an event and its inclusion path lead to."""
    node = leaf_hash(event)
    for is_left, sibling in path:
        node = sha256(b"\x01" + (sibling + node if is_left else node + sibling)).digest()
    return node
