"""The partitions of one stage that this process holds: Faust delivers records, positions decide what is folded.

A partition is opened by the first record or the first assignment that speaks of it: earlier owners are fenced, the
documents are read from their topic, and the log is folded from the row of progress to its present end. From then on a
record below the position is skipped, and one above it first has the missing range read straight from the log. The
committed offset of the consumer group is therefore only a hint; losing it costs nothing.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from schemas.documents import PROGRESS_KEY, decode_progress
from schemas.metrics import Meter
from streams.engine.announcer import Announcer
from streams.engine.errors import BrokenError
from streams.engine.failure import Failure
from streams.engine.pacing import Pacing
from streams.engine.partition import KeptPartition
from streams.engine.reader import RangeReader
from streams.engine.stage import Stage, Wire
from streams.engine.strain import Strain
from streams.engine.transaction import PartitionWriter
from streams.settings import StreamsSettings

log = structlog.get_logger(__name__)
TURN_S = 0.02
"""How long folding may go on before the event loop gets its turn: flushes and heartbeats must not starve."""


@dataclass
class Opening:
    """A partition that is being restored and brought up to date, and when that last went on (monotonic seconds)."""

    partition: int
    moved_s: float


class Keeper:
    """Opens, feeds and releases the partitions of one stage."""

    def __init__(  # noqa: PLR0913 — made in one place, by the worker
        self,
        wire: Wire,
        stage: Stage,
        settings: StreamsSettings,
        *,
        announcer: Announcer,
        meter: Meter,
        failure: Failure,
        strain: Strain | None = None,
        is_mine: Callable[[int], bool] = lambda _partition: True,
    ) -> None:
        self.stage = stage
        self.partitions: dict[int, KeptPartition] = {}
        self.opening: Opening | None = None
        self._wire, self._settings = wire, settings
        self._announcer, self._meter, self._failure, self._is_mine = announcer, meter, failure, is_mine
        self._strain = strain or Strain()
        self._reader = RangeReader(wire.bootstrap)
        self._lock = asyncio.Lock()
        self._turn_s = 0.0

    async def receive(self, partition: int, offset: int, value: bytes | None) -> None:
        """Fold a delivered record unless it is folded already; returns when its effect is in memory.

        Raises:
            StreamError: the partition cannot be opened or healed; the record must not be acknowledged.
        """
        kept = self.partitions.get(partition) or await self.open(partition)
        if kept is None:
            return
        if offset < kept.next_offset:
            kept.skip()
            return
        if offset > kept.next_offset:
            async with self._lock:
                await self._heal(kept, offset)
        kept.fold(offset, value)
        await self._take_turns()

    async def open(self, partition: int) -> KeptPartition | None:
        """Take a partition over and bring it up to the end of its log; None when it belongs to another process now.

        Raises:
            StreamError: Kafka does not answer, or another process took the partition in the meantime.
        """
        async with self._lock:
            if partition in self.partitions:
                return self.partitions[partition]
            if not self._is_mine(partition):
                return None
            self.opening = Opening(partition, asyncio.get_running_loop().time())
            try:
                self.partitions[partition] = await self._opened(self._partition(partition))
            finally:
                self.opening = None
            return self.partitions[partition]

    async def flush(self, partitions: Iterable[int] | None = None) -> None:
        """Write everything that has changed in some partitions, or in all.

        Raises:
            StreamError: it cannot be written.
        """
        wanted = self.partitions.keys() if partitions is None else set(partitions)
        held = [kept for number, kept in self.partitions.items() if number in wanted]
        await asyncio.gather(*(kept.flush(whole=True) for kept in held))

    async def forget(self, partitions: Iterable[int]) -> None:
        """Let partitions go without another write."""
        for number in set(partitions) & self.partitions.keys():
            await self.partitions.pop(number).close()

    async def close(self) -> None:
        """Let everything go and give the connections back."""
        await self.forget(list(self.partitions))
        await self._reader.close()

    async def _opened(self, kept: KeptPartition) -> KeptPartition:
        await kept.start()
        try:
            await self._restore(kept)
            _, end = await self._bounds(self._source(kept.number))
            await self._heal(kept, end)
        except BaseException:
            await kept.close()
            raise
        kept.reconsider()
        return kept

    def _partition(self, number: int) -> KeptPartition:
        settings = self._settings
        return KeptPartition(
            self.stage.name,
            number,
            ledger=self.stage.ledger(number),
            writer=PartitionWriter(self._wire, self.stage, number),
            announcer=self._announcer,
            pacing=Pacing(settings.flush_visible_ms / 1000, settings.flush_alive_ms / 1000, self._strain.stretch),
            meter=self._meter,
            failure=self._failure,
        )

    async def _restore(self, kept: KeptPartition) -> None:
        """Documents and row of progress from the compacted topic."""
        began_s = asyncio.get_running_loop().time()
        place = TopicPartition(self._wire.topic(self.stage.target), kept.number)
        progress: bytes | None = None
        records: list[tuple[bytes, bytes | None]] = []
        first, end = await self._bounds(place)
        try:
            async for batch in self._reader.read(place, first, end):
                self._moved()
                for record in batch:
                    if record.key == PROGRESS_KEY:
                        progress = record.value
                    else:
                        records.append((record.key, record.value))
        except KafkaError as error:
            raise BrokenError(f"restore of {place.topic}/{place.partition}", error) from error
        documents = kept.ledger.restore(records)
        begin, _ = await self._bounds(self._source(kept.number))
        kept.begin_at(decode_progress(progress).next_offset if progress else begin)
        took_ms = round((asyncio.get_running_loop().time() - began_s) * 1000)
        log.info(
            "partition_restored",
            stage=self.stage.name,
            partition=kept.number,
            documents=documents,
            next_offset=kept.next_offset,
            took_ms=took_ms,
        )

    async def _heal(self, kept: KeptPartition, end: int) -> None:
        """Fold the records from the position up to ``end`` straight from the log."""
        place = self._source(kept.number)
        if kept.next_offset >= end:
            return
        first, _ = await self._bounds(place)
        if kept.next_offset < first:
            log.error("log_truncated", stage=self.stage.name, partition=kept.number, lost=first - kept.next_offset)
            kept.begin_at(first)
        try:
            async for batch in self._reader.read(place, kept.next_offset, end):
                self._moved()
                for record in batch:
                    kept.fold(record.offset, record.value, "healed")
                    await self._take_turns()
        except KafkaError as error:
            raise BrokenError(f"healing of {place.topic}/{place.partition}", error) from error

    def _moved(self) -> None:
        if self.opening is not None:
            self.opening.moved_s = asyncio.get_running_loop().time()

    async def _bounds(self, place: TopicPartition) -> tuple[int, int]:
        try:
            return await self._reader.bounds(place)
        except KafkaError as error:
            raise BrokenError(f"offsets of {place.topic}/{place.partition}", error) from error

    async def _take_turns(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._turn_s > TURN_S:
            await asyncio.sleep(0)
            self._turn_s = asyncio.get_running_loop().time()

    def _source(self, partition: int) -> TopicPartition:
        return TopicPartition(self._wire.topic(self.stage.source), partition)
