"""Blocks that proofs were made from are kept, and no more of them than there is room for."""

from api.proof.kept import KeptBlocks, SignedBlock
from schemas.checkpoints import Signed
from streams.archive.block_tree import LocatedBlock, SettledRange


def signed_block(partition: int, number: int) -> SignedBlock:
    """A block of ten offsets."""
    block = SettledRange(partition, number * 10, number * 10 + 9, "done", 10, ())
    return SignedBlock(LocatedBlock(number, block), Signed("body", "key", "signature"), ("aa",))


def test_a_block_is_found_by_every_offset_that_it_holds_and_by_no_other() -> None:
    kept, one = KeptBlocks(), signed_block(3, 2)
    kept.keep(one)
    assert [kept.find(3, offset) for offset in (19, 20, 29, 30)] == [None, one, one, None]
    assert kept.find(4, 25) is None


def test_the_block_that_was_not_asked_for_the_longest_makes_room() -> None:
    kept = KeptBlocks(2)
    first, second, third = (signed_block(0, number) for number in range(3))
    kept.keep(first)
    kept.keep(second)
    assert kept.find(0, 0) is first
    kept.keep(third)
    assert [kept.find(0, offset) for offset in (0, 10, 20)] == [first, None, third]


def test_a_block_that_is_kept_again_takes_no_more_room() -> None:
    kept = KeptBlocks(2)
    for number in (0, 1, 1, 1):
        kept.keep(signed_block(0, number))
    assert kept.find(0, 0) == signed_block(0, 0)
