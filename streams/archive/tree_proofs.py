"""Proofs over Merkle trees of RFC 6962: inclusion, consistency, and one for several leaves at once. Pure.

A tree over ``n`` leaves may be too long to be read again for every proof. So every leaf is stored with the *nodes*
that it completes: node ``(level, place)`` is the root over the ``2**level`` leaves from ``place * 2**level`` on. A
proof says which ranges of leaves it needs the root of; each range is a handful of nodes, however long the tree.
"""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from hashlib import sha256
from typing import NamedTuple

from streams.archive.merkle import tree_hash

Span = tuple[int, int]
"""Leaves from the first number (inclusive) to the second (exclusive)."""


class NodeAddress(NamedTuple):
    """Names a complete subtree."""

    level: int
    place: int

    @property
    def completed_by(self) -> int:
        """The leaf (from 0) with which the subtree became complete."""
        return ((self.place + 1) << self.level) - 1


NodeOf = Callable[[NodeAddress], bytes]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def split_of(count: int) -> int:
    """The greatest power of two below ``count`` (at least 2): where RFC 6962 splits a tree."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The ranges whose roots prove that leaf ``index`` is in the tree of ``size`` leaves, from the leaf upwards.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise IndexError(index)
    spans, start, end = [], 0, size
    while end - start > 1:
        middle = start + split_of(end - start)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """The ranges whose roots prove that the tree of ``old`` leaves is the beginning of the one of ``new``.

    Raises:
        IndexError: not ``1 <= old <= new``.
    """
    if not 1 <= old <= new:
        raise IndexError(old)
    spans: list[Span] = []
    start, end, is_whole = 0, new, True
    while end != old:
        middle = start + split_of(end - start)
        if old <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start, is_whole = middle, False
    return ([] if is_whole else [(start, end)]) + spans[::-1]


def nodes_of(span: Span) -> list[NodeAddress]:
    """The complete subtrees that make up a range, largest first; its start must be aligned to them."""
    start, end = span
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append(NodeAddress(level, start >> level))
        start += 1 << level
    return found


def span_root(span: Span, node_of: NodeOf) -> bytes:
    """The root over a range of leaves."""
    *larger, root = [node_of(address) for address in nodes_of(span)]
    for node in reversed(larger):
        root = node_hash(node, root)
    return root


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf's path leads to; None if the path has not the length that it must have."""
    spans = inclusion_spans(index, size)
    if len(spans) != len(path):
        return None
    for (start, _), sibling in zip(spans, path, strict=True):
        leaf = node_hash(sibling, leaf) if start < index else node_hash(leaf, sibling)
    return leaf


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a consistency path proves that the old tree is the beginning of the new one (RFC 9162 2.1.4.2)."""
    spans = consistency_spans(old, new)
    if len(spans) != len(path):
        return False
    roots = list(path)
    if spans and spans[0][1] == old:
        inner = outer = roots.pop(0)
        spans = spans[1:]
    else:
        inner = outer = old_root
    for (start, _), sibling in zip(spans, roots, strict=True):
        if start < old:
            inner, outer = node_hash(sibling, inner), node_hash(sibling, outer)
        else:
            outer = node_hash(outer, sibling)
    return (inner, outer) == (old_root, new_root)


def hidden_spans(count: int, shown: AbstractSet[int]) -> list[Span]:
    """The ranges of leaves whose roots have to be given besides the shown leaves to recompute the root, in order."""
    return list(_hidden(0, count, sorted(shown)))


def hidden_roots(leaves: Sequence[bytes], shown: AbstractSet[int]) -> list[bytes]:
    """The roots of :func:`hidden_spans`."""
    return [tree_hash(leaves[start:end]) for start, end in hidden_spans(len(leaves), shown)]


def _hidden(start: int, end: int, shown: Sequence[int]) -> Iterator[Span]:
    if not shown:
        yield start, end
    elif len(shown) < end - start:
        middle = start + split_of(end - start)
        left = [index for index in shown if index < middle]
        yield from _hidden(start, middle, left)
        yield from _hidden(middle, end, shown[len(left) :])
