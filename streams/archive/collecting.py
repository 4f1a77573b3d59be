"""Collects records into blocks. Pure: it is told the time and knows neither Kafka nor the store.

Large blocks are cheap (an event costs the store half as much in a block of 48,000 events as in one of 12,000), so each
partition collects until it has enough by itself. A round takes what is ripe, and what is half ripe along with it,
because the archive's own rows are written once a round.
"""

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
    since_ms: int = 0

    @property
    def wanted(self) -> int:
        return self.records[-1].offset + 1 if self.records else self.next_offset

    @property
    def is_complete(self) -> bool:
        """Whether a block can be cut: one that must end at a certain offset needs a record at or behind it."""
        return bool(self.records) and (self.replay_to is None or self.records[-1].offset >= self.replay_to)


class Collector:
    """Takes records of the partitions that this process owns and cuts them into blocks.

    Args:
        topic: the name of the log's topic.
        block_ms: a block is ripe this long after its first record came …
        block_bytes: … or when it has this size.
        waiting_bytes: most that should wait, all partitions together.
    """

    def __init__(self, topic: str, *, block_ms: int, block_bytes: int, waiting_bytes: int) -> None:
        self._topic = topic
        self._block_ms = block_ms
        self._block_bytes = block_bytes
        self._waiting_bytes = waiting_bytes
        self._partitions: dict[int, _Partition] = {}
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

    @property
    def is_full(self) -> bool:
        """Whether no more should be fetched for now."""
        return self.size >= self._waiting_bytes

    def next_wanted(self, partition: int) -> int | None:
        """The offset after the last one taken of a partition; None if it is not open."""
        known = self._partitions.get(partition)
        return None if known is None else known.wanted

    def add(self, partition: int, records: Iterable[LogRecord], now_ms: int) -> None:
        """Take records in the order of the log; those of other partitions, or already taken, are passed over."""
        known = self._partitions.get(partition)
        if known is None:
            return
        fresh = [record for record in records if record.offset >= known.wanted]
        if not fresh:
            return
        if not known.records:
            known.since_ms = now_ms
        size = sum(len(record.value) for record in fresh)
        known.records += fresh
        known.size += size
        self.size += size

    def take(self, now_ms: int) -> list[Block]:
        """The blocks of a round, one of each partition at most; none as long as no partition is ripe.

        What lies behind a block stays for the next round.
        """
        if not any(self._is_ripe(known, now_ms, 1) for known in self._partitions.values()):
            return []
        ripe = [number for number, known in self._partitions.items() if self._is_ripe(known, now_ms, 2)]
        return [self._cut(number, self._partitions[number]) for number in sorted(ripe)]

    def _is_ripe(self, known: _Partition, now_ms: int, share: int) -> bool:
        """Whether a partition has one ``share``-th of a block's size or age, or there is no more room."""
        enough = known.size * share >= self._block_bytes or (now_ms - known.since_ms) * share >= self._block_ms
        return known.is_complete and (enough or self.is_full)

    def _cut(self, number: int, known: _Partition) -> Block:
        records, end = known.records, known.replay_to
        own = records[:MAX_BLOCK_RECORDS] if end is None else [record for record in records if record.offset <= end]
        last_offset = own[-1].offset if end is None else end
        block = Block(self._topic, number, known.next_offset, last_offset, tuple(own))
        taken = sum(len(record.value) for record in own)
        known.records, known.replay_to, known.next_offset = records[len(own) :], None, last_offset + 1
        known.size -= taken
        self.size -= taken
        return block
