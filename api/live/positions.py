"""How far the three topics have been read: one slot per partition, and each slot's varint made once per change."""

from collections.abc import Iterable
from typing import Final

from api.live.cursor import varint
from schemas.topics import ALERTS, ROLLUP, STATE, Topic

TOPICS: Final[tuple[Topic, ...]] = (STATE, ROLLUP, ALERTS)
"""The topics of the live view, in the order of their slots."""


class Positions:
    """``values[slot]`` is the next offset of a partition that has not been applied."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.values = [0] * (len(TOPICS) * partitions)
        self._parts: list[bytes | None] = [None] * len(self.values)

    def slot(self, topic: Topic, partition: int) -> int:
        """The slot of a partition of one of the three topics."""
        return TOPICS.index(topic) * self.partitions + partition

    def advance(self, slot: int, next_offset: int) -> None:
        """Move a slot forward; it never moves back."""
        if next_offset > self.values[slot]:
            self.values[slot] = next_offset
            self._parts[slot] = None

    def parts(self, slots: Iterable[int]) -> list[bytes]:
        """The varints of some slots, as a cursor wants them."""
        return [self._parts[slot] or self._part(slot) for slot in slots]

    def _part(self, slot: int) -> bytes:
        part = self._parts[slot] = varint(self.values[slot])
        return part
