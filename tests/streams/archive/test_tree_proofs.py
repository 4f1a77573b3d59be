"""Proofs over the tree of blocks, for every size up to 70 and beside RFC 6962's own definitions."""

import pytest

from streams.archive.block_tree import BlockTree, SettledRange, block_text, entry_text
from streams.archive.merkle import NO_ROOT, inclusion_path, leaf_hash, tree_hash
from streams.archive.sealing import CampusRoot
from streams.archive.tree_proofs import (
    NodeAddress,
    consistency_spans,
    hidden_roots,
    inclusion_spans,
    is_consistent,
    root_of_inclusion,
    span_root,
    split_of,
)

SIZE = 70
BLOCKS = [
    SettledRange(3, number, number, "done", 1, (CampusRoot("c-1", number + 1, 1, NO_ROOT, bytes([number]) * 32),))
    for number in range(SIZE)
]
LEAVES = [block.leaf() for block in BLOCKS]
ROOTS = [tree_hash(LEAVES[:size]) for size in range(SIZE + 1)]


@pytest.fixture(scope="module")
def nodes() -> dict[NodeAddress, bytes]:
    tree, found = BlockTree(), {}
    for index, block in enumerate(BLOCKS):
        for level, node in enumerate(tree.grow(block).nodes):
            found[NodeAddress(level, index >> level)] = node
        assert tree.root() == ROOTS[index + 1]
    return found


def test_a_node_is_stored_with_the_leaf_that_completes_it() -> None:
    assert NodeAddress(0, 5).completed_by == 5
    assert NodeAddress(3, 0).completed_by == 7
    assert NodeAddress(2, 3).completed_by == 15


def test_every_leaf_of_every_tree_is_proven_by_its_path_and_by_no_other(nodes: dict[NodeAddress, bytes]) -> None:
    for size in range(1, SIZE):
        for index in range(size):
            path = [span_root(span, nodes.__getitem__) for span in inclusion_spans(index, size)]
            assert path == [node for _, node in inclusion_path(LEAVES[:size], index)]
            assert root_of_inclusion(LEAVES[index], index, size, path) == ROOTS[size]
            assert root_of_inclusion(LEAVES[index], index, size, [*path, NO_ROOT]) is None
            if index:
                assert root_of_inclusion(LEAVES[index], index - 1, size, path) != ROOTS[size]


def test_every_tree_is_proven_to_begin_with_every_smaller_one(nodes: dict[NodeAddress, bytes]) -> None:
    for new in range(1, SIZE):
        for old in range(1, new + 1):
            path = [span_root(span, nodes.__getitem__) for span in consistency_spans(old, new)]
            assert is_consistent(old, ROOTS[old], new, ROOTS[new], path)
            assert not is_consistent(old, NO_ROOT, new, ROOTS[new], path)
            assert not is_consistent(old, ROOTS[old], new, NO_ROOT, path)
            assert not is_consistent(old, ROOTS[old], new, ROOTS[new], [*path, NO_ROOT])


def test_a_tree_goes_on_growing_from_its_frontier_alone(nodes: dict[NodeAddress, bytes]) -> None:
    for size in range(SIZE):
        frontier = [nodes[address] for address in frontier_of(size)]
        tree = BlockTree(size, frontier)
        assert tree.root() == ROOTS[size]
        tree.grow(BLOCKS[size])
        assert tree.root() == ROOTS[size + 1]


def frontier_of(size: int) -> list[NodeAddress]:
    """The binary digits of the size, greatest first."""
    found, start = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            found.append(NodeAddress(level, start >> level))
            start += 1 << level
    return found


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 3)])
def test_what_is_not_in_the_tree_has_no_path(index: int, size: int) -> None:
    with pytest.raises(IndexError):
        inclusion_spans(index, size)
    with pytest.raises(IndexError):
        consistency_spans(size + 1, size)


def shown_root(shown: dict[int, bytes], hidden: list[bytes], start: int, end: int) -> bytes:
    """What a reader recomputes from the shown leaves and the roots of what is hidden."""
    if not any(start <= index < end for index in shown):
        return hidden.pop(0)
    if end - start == 1:
        return shown[start]
    middle = start + split_of(end - start)
    left = shown_root(shown, hidden, start, middle)
    right = shown_root(shown, hidden, middle, end)
    return tree_hash([left, right])


@pytest.mark.parametrize("shown", [{0}, {69}, {3, 4, 5}, set(range(70)), {0, 69}, {1, 31, 32, 33}])
def test_several_leaves_are_proven_together_and_the_others_stay_hidden(shown: set[int]) -> None:
    hidden = hidden_roots(LEAVES, shown)
    assert shown_root({index: LEAVES[index] for index in shown}, hidden, 0, SIZE) == ROOTS[SIZE]
    assert hidden == []


def test_the_texts_that_leaves_are_made_of_are_what_is_documented() -> None:
    entry = CampusRoot("c-1", 2, 5, b"\x01" * 32, b"\x02" * 32)
    block = SettledRange(3, 10, 19, "done", 8, (entry,))
    assert entry_text(entry) == (
        f"campanile/entry/v1\ncampus c-1\nsequence 2\nleaves 5\nprevious_root {'01' * 32}\nroot {'02' * 32}\n"
    )
    entries_root = leaf_hash(entry_text(entry).encode())
    assert block.entries_root() == entries_root
    assert block_text(block, entries_root) == (
        "campanile/block/v1\npartition 3\nfirst_offset 10\nlast_offset 19\nstate done\nrecords 8\n"
        f"campuses 1\nentries_root {entries_root.hex()}\n"
    )
