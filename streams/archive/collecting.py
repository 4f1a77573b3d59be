"""Collects records into blocks. Pure: it is told the time and knows neither Kafka nor the store."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from streams.archive.block import Block, LogRecord

MAX_BLOCK_RECORDS: Final = 500_000
"""A block stays under a million rows, so that its insert is one part per month."""


@dataclass
class _Partition:
    next_offset: int
    replay_to: int | None
    records: list[LogRecord] = field(default_factory=list)
    size: int = 0

    @property
    def wanted(self) -> int:
        return self.records[-1].offset + 1 if self.records else self.next_offset


class Collector:
    """Takes records of the partitions that this process owns and cuts them into one block each per round.

    Args:
        topic: the name of the log's topic.
        block_ms: a round is due this long after its first record came …
        block_bytes: … or when this many bytes are waiting.
    """

    def __init__(self, topic: str, *, block_ms: int, block_bytes: int) -> None:
        self._topic = topic
        self._block_ms = block_ms
        self._block_bytes = block_bytes
        self._partitions: dict[int, _Partition] = {}
        self._since_ms: int | None = None
        self.size = 0
        """Bytes that are waiting."""

    def open(self, partition: int, next_offset: int, replay_to: int | None = None) -> None:
        """Begin with a partition, or begin it anew.

        Args:
            partition: the partition.
            next_offset: where its next block begins.
            replay_to: where its next block must end, if that was decided before a crash.
        """
        self.close(partition)
        self._partitions[partition] = _Partition(next_offset, replay_to)

    def close(self, partition: int) -> None:
        """Forget a partition and what of it is waiting."""
        known = self._partitions.pop(partition, None)
        if known is not None:
            self.size -= known.size

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions that are open."""
        return frozenset(self._partitions)

    @property
    def replaying(self) -> frozenset[int]:
        """The partitions whose next block must end at a certain offset: they are read on even when all is full."""
        return frozenset(number for number, known in self._partitions.items() if known.replay_to is not None)

    def next_wanted(self, partition: int) -> int | None:
        """The offset after the last one taken of a partition; None if it is not open."""
        known = self._partitions.get(partition)
        return None if known is None else known.wanted

    @property
    def is_full(self) -> bool:
        """Whether no more should be fetched for now."""
        return self.size >= self._block_bytes

    def add(self, partition: int, records: Iterable[LogRecord], now_ms: int) -> None:
        """Take records in the order of the log; those of other partitions, or already taken, are passed over."""
        known = self._partitions.get(partition)
        if known is None:
            return
        fresh = [record for record in records if record.offset >= known.wanted]
        if not fresh:
            return
        size = sum(len(record.value) for record in fresh)
        known.records += fresh
        known.size += size
        self.size += size
        if self._since_ms is None:
            self._since_ms = now_ms

    def is_due(self, now_ms: int) -> bool:
        """Whether a round should be written."""
        if self._since_ms is None:
            return False
        return self.is_full or now_ms - self._since_ms >= self._block_ms

    def take(self) -> list[Block]:
        """One block of every partition that has one ready; what lies behind it stays for the next round.

        A block that must end at a certain offset is not ready before a record at or behind that offset has come.
        """
        blocks = [block for number, known in sorted(self._partitions.items()) if (block := self._cut(number, known))]
        self._since_ms = None if self.size == 0 else self._since_ms
        return blocks

    def _cut(self, number: int, known: _Partition) -> Block | None:
        records, end = known.records, known.replay_to
        if not records or (end is not None and records[-1].offset < end):
            return None
        own = records[:MAX_BLOCK_RECORDS] if end is None else [record for record in records if record.offset <= end]
        last_offset = own[-1].offset if end is None else end
        block = Block(self._topic, number, known.next_offset, last_offset, tuple(own))
        taken = sum(len(record.value) for record in own)
        known.records, known.replay_to, known.next_offset = records[len(own) :], None, last_offset + 1
        known.size -= taken
        self.size -= taken
        return block
