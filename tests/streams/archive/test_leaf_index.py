"""What an index over leaves says of a block, for blocks of every shape."""

import random
from collections.abc import Sequence

import pytest

from schemas.frame import encode_tick, join_frame
from streams.archive import sealing
from streams.archive.block import Block, LogRecord
from streams.archive.leaf_index import Stretch, stretch_over
from streams.archive.merkle import GROUP_LEAVES, group_roots, leaf_hash, tree_hash
from streams.archive.sealing import LeafIndex, Seal, seal

FIRST = 100
CAMPUSES = ("a", "b", "rare")
PADDING = "x" * (sealing.STRIDE_BYTES // 40)


class Drawn:
    """A block of random frames and where each campus's events stand in it."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.places: dict[str, list[int]] = {campus: [] for campus in CAMPUSES}
        self.raws: dict[str, list[bytes]] = {campus: [] for campus in CAMPUSES}
        records = []
        for offset in range(FIRST, FIRST + dice.randrange(1, 60)):
            value = self._frame(dice, offset) if dice.random() < 0.9 else encode_tick(offset)
            records.append(LogRecord(offset, 1, value))
        self.block = Block("campus.events", 0, FIRST, records[-1].offset, tuple(records))

    def _frame(self, dice: random.Random, offset: int) -> bytes:
        events = []
        for number in range(dice.randrange(1, 9)):
            campus = dice.choices(CAMPUSES, [10, 5, 1])[0]
            raw = f'{{"id":"{offset}-{number}","campusid":"{campus}","data":"{PADDING}"}}'.encode()
            self.places[campus].append(offset)
            self.raws[campus].append(raw)
            events.append(raw)
        return join_frame(events)

    def sealed(self) -> Seal:
        return seal(self.block, {})


def index_of(sealed: Seal, campus_id: str) -> LeafIndex | None:
    return next((index for index in sealed.indexes if index.campus_id == campus_id), None)


@pytest.mark.parametrize("seed", range(40))
def test_the_stretch_around_any_event_holds_its_whole_group_and_says_which_leaves_it_begins_with(seed: int) -> None:
    drawn = Drawn(seed)
    sealed = drawn.sealed()
    for campus_id, places in drawn.places.items():
        index = index_of(sealed, campus_id)
        assert (index is None) == (not places)
        for leaf, offset in enumerate(places):
            assert index is not None
            stretch = stretch_over(index, FIRST, offset, offset)
            assert_holds_group(stretch, places, leaf)


def assert_holds_group(stretch: Stretch, places: Sequence[int], leaf: int) -> None:
    inside = [n for n, offset in enumerate(places) if stretch.first_offset <= offset <= stretch.last_offset]
    assert (inside[0], len(inside)) == (stretch.first_leaf, stretch.leaves)
    start = leaf // GROUP_LEAVES * GROUP_LEAVES
    assert inside[0] <= start
    assert inside[-1] >= min(start + GROUP_LEAVES, len(places)) - 1


@pytest.mark.parametrize("seed", range(10))
def test_groups_are_a_level_of_the_campus_s_tree(seed: int) -> None:
    drawn = Drawn(seed)
    for index in drawn.sealed().indexes:
        leaves = [leaf_hash(raw) for raw in drawn.raws[index.campus_id]]
        assert tree_hash(index.groups) == tree_hash(leaves)
        assert index.groups == tuple(
            tree_hash(leaves[start : start + GROUP_LEAVES]) for start in range(0, len(leaves), GROUP_LEAVES)
        )


def test_a_stretch_is_shorter_than_its_block_when_the_block_is_long() -> None:
    raws = [f'{{"id":"{n}","campusid":"a","data":"{PADDING}"}}'.encode() for n in range(400)]
    records = tuple(LogRecord(n, 1, join_frame([raw])) for n, raw in enumerate(raws))
    (index,) = seal(Block("campus.events", 0, 0, 399, records), {}).indexes
    stretch = stretch_over(index, 0, 200, 200)
    assert stretch.last_offset - stretch.first_offset < 150


@pytest.mark.parametrize("count", [*range(40), 255, 256, 257])
def test_roots_of_groups_lead_to_the_root_of_the_leaves(count: int) -> None:
    leaves = [leaf_hash(bytes([n % 256, n // 256])) for n in range(count)]
    assert tree_hash(group_roots(leaves)) == tree_hash(leaves)


def test_what_belongs_to_no_campus_has_no_index() -> None:
    sealed = seal(Block("campus.events", 0, 0, 1, (LogRecord(0, 1, b'[{"id":"1"}]'), LogRecord(1, 1, b"damage"))), {})
    assert (len(sealed.roots), sealed.indexes) == (1, ())
