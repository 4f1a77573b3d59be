"""What a process keeps of blocks that it has proven from: it never changes once a checkpoint covers it. Thread-safe.

Proofs are seldom asked for alone: whoever disputes an hour asks for one event of it after the other. What is kept
spares the store most of its answers. It cannot make a proof false, since a proof is recomputed by whoever verifies it.
"""

from collections import OrderedDict
from threading import Lock
from typing import Final, NamedTuple

from schemas.checkpoints import Signed
from streams.archive.block_tree import LocatedBlock

BLOCKS_MOST: Final = 256
"""About 90 kB each, with two hundred campuses."""


class SignedBlock(NamedTuple):
    """A block, the first checkpoint over it, and the hashes (hex) that lead from the block to the checkpoint's root."""

    located: LocatedBlock
    checkpoint: Signed
    path: tuple[str, ...]


class KeptBlocks:
    """The blocks that were asked for last.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int = BLOCKS_MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[tuple[int, int], SignedBlock] = OrderedDict()

    def find(self, partition: int, offset: int) -> SignedBlock | None:
        """The block that holds an offset, if it is kept."""
        with self._lock:
            for key, one in self._kept.items():
                if one.located.block.holds(partition, offset):
                    self._kept.move_to_end(key)
                    return one
        return None

    def keep(self, one: SignedBlock) -> None:
        """Keep a block, in place of the one that was not asked for the longest."""
        block = one.located.block
        with self._lock:
            self._kept[block.partition, block.first_offset] = one
            self._kept.move_to_end((block.partition, block.first_offset))
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
