"""The archive process: reads the log, collects blocks, has them written, one round at a time.

The event loop only moves records. Everything that waits for the store (claiming a partition, writing a round) is
*work*: one piece at a time, in one thread. Meanwhile the loop goes on fetching until enough waits, and then only
polls with every partition paused, so that Kafka does not take the process for dead while the store is away.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from schemas.metrics import ARCHIVE_LAG, ARCHIVE_LOST, Meter
from schemas.topics import EVENTS
from streams.archive.block import Block
from streams.archive.collecting import Collector
from streams.archive.faults import GivenUpError, log_shorter
from streams.archive.log_consumer import log_consumer, log_record
from streams.archive.publishing import Witness
from streams.archive.ranges import Place, Resume, place_in_log
from streams.archive.settings import ArchiveSettings
from streams.archive.store_client import StoreAwayError
from streams.archive.writing import ArchiveWriter

log = structlog.get_logger(__name__)
T = TypeVar("T")
POLL_MS = 100
KAFKA_RETRY_S = 1.0
GRACE_S = 4.0
"""How long a round may take to end when its partitions are wanted elsewhere."""
GIVE_UP_EVERY_S = 0.25
LEAVE_S = 3.0
COMMIT_S = 2.0


class Archiver(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka carries no types
    """Archives the partitions that its consumer group gives it.

    Args:
        bootstrap: Kafka.
        prefix: put before topic and group names.
        settings: how blocks are cut.
        writer: used from one thread of the archiver's own.
        meter: told about lag and losses.
    """

    def __init__(
        self, bootstrap: str, prefix: str, settings: ArchiveSettings, writer: ArchiveWriter, meter: Meter
    ) -> None:
        self._topic = prefix + EVENTS.name
        self._writer = writer
        self._meter = meter
        self._witness: Witness | None = None
        self._collector = Collector(
            self._topic,
            block_ms=settings.block_ms,
            block_bytes=settings.block_bytes,
            waiting_bytes=settings.waiting_bytes,
        )
        self._bootstrap, self._group_id = bootstrap, prefix + "archive"
        self._consumer = log_consumer(self._bootstrap, self._group_id)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive-writer")
        self._work: asyncio.Task[None] | None = None
        self._unclaimed: set[int] = set()
        self._archived: dict[int, int] = {}
        self._stopping = asyncio.Event()
        self.has_joined = False
        """Whether the consumer group has given this process its part, be it none."""

    def stop(self) -> None:
        """Have :meth:`run` end soon. Call it in the event loop."""
        self._stopping.set()

    def watched_by(self, witness: Witness) -> None:
        """From now on, tell a witness what is claimed and settled; it may refuse a store."""
        self._witness = witness

    def archived_partitions(self) -> list[int]:
        """The partitions that this process archives at the moment."""
        return sorted(self._archived)

    def has_claimed_all(self) -> bool:
        """Whether every partition that was given has been taken up."""
        return self.has_joined and not self._unclaimed

    async def run(self) -> None:
        """Archive until :meth:`stop`.

        Raises:
            FencedError: another process writes a partition of ours; start anew.
            LogShorterError: log and store do not fit together.
            TamperedError: the store is not what was signed.
            StoreRefusedError: the store has other tables than this version needs.
        """
        try:
            await self._join()
            while not self._stopping.is_set():
                await self._turn()
        finally:
            await self._settle_work()
            if self._work is not None and (error := self._work.exception()):
                log.error("archive_last_round_failed", error=str(error))
            await self._leave()
            self._thread.shutdown()

    async def _leave(self) -> None:
        """Leave the group; a Kafka that is gone is not waited for."""
        try:
            await asyncio.wait_for(self._consumer.stop(), LEAVE_S)
        except TimeoutError:
            log.warning("archive_left_without_kafka")

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Let a running round end, or abandon it, before somebody else gets the partitions."""
        partitions = {place.partition for place in revoked}
        for partition in partitions:
            self._collector.close(partition)
        self._unclaimed -= partitions
        await self._settle_work()
        self._unclaimed -= partitions  # a round that was abandoned just now wanted its partitions back
        for partition in partitions:
            self._forget(partition)

    def _forget(self, partition: int) -> None:
        self._writer.drop(partition)
        self._archived.pop(partition, None)
        if self._witness is not None:
            self._witness.dropped(partition)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Remember what has to be claimed; nothing is read from it before that is done."""
        self._consumer.pause(*assigned)
        self._unclaimed |= {place.partition for place in assigned}
        self.has_joined = True
        log.info("archive_assigned", partitions=sorted(self._unclaimed))

    async def _join(self) -> None:
        """Connect to Kafka, however long that takes."""
        while not self._stopping.is_set():
            try:
                await self._consumer.start()
            except KafkaError as error:
                log.warning("archive_kafka_away", error=type(error).__name__)
                await self._consumer.stop()
                self._consumer = log_consumer(self._bootstrap, self._group_id)
                await self._pause(KAFKA_RETRY_S)
            else:
                self._consumer.subscribe([self._topic], listener=self)
                return

    async def _turn(self) -> None:
        """Fetch what is there, and start the next piece of work when the last one is over."""
        self._throttle()
        fetched = await self._consumer.getmany(timeout_ms=POLL_MS)
        now_ms = _monotonic_ms()
        wanted = {place: self._collector.next_wanted(place.partition) for place in fetched}
        for place, records in fetched.items():
            if await self._fits(place, records[0].offset, wanted[place]):
                self._collector.add(place.partition, map(log_record, records), now_ms)
        if self._work is not None and self._work.done():
            finished, self._work = self._work, None
            finished.result()
            self._note_lag()
        if self._work is None:
            self._start_work(now_ms)

    async def _fits(self, place: TopicPartition, offset: int, wanted: int | None) -> bool:
        """Whether fetched records follow on what was wanted. If not, the partition is claimed anew, and read again.

        A hole may be a transaction's marker; it may also mean that the log dropped records before we came to them.
        """
        if wanted is not None and offset > wanted:
            try:
                begin = (await self._consumer.beginning_offsets([place]))[place]
            except KafkaError:  # not known: claiming anew finds out
                begin = offset
            if begin > wanted:
                self._claim_anew(place)
        return wanted is not None and self._collector.next_wanted(place.partition) == wanted

    def _claim_anew(self, place: TopicPartition) -> None:
        self._collector.close(place.partition)
        if place in self._consumer.assignment():
            self._consumer.pause(place)
            self._unclaimed.add(place.partition)

    def _start_work(self, now_ms: int) -> None:
        if self._unclaimed:
            self._begin(self._claim_all())
            return
        blocks = self._collector.take(now_ms)
        if blocks:
            self._begin(self._write(blocks))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._work = asyncio.create_task(work, name="archive-work")

    async def _claim_all(self) -> None:
        for partition in sorted(self._unclaimed):
            if partition in self._unclaimed and not self._stopping.is_set():
                await self._claim(partition)

    async def _claim(self, partition: int) -> None:
        """Own a partition, find the place in the log where its archive ends, and read on from there."""
        place = TopicPartition(self._topic, partition)
        try:
            resume = await self._in_thread(self._writer.claim, partition)
            begin = (await self._consumer.beginning_offsets([place]))[place]
            end = (await self._consumer.end_offsets([place]))[place]
            found = place_in_log(resume, begin=begin, end=end)
            if found is None:
                raise log_shorter(self._topic, partition, resume, end)
            if self._witness is not None:
                await self._witness.claimed(partition)
            await self._note_lost(partition, resume, found)
        except GivenUpError:
            return
        except (KafkaError, StoreAwayError) as error:
            log.warning("archive_claim_put_off", error=type(error).__name__)
            await self._pause(KAFKA_RETRY_S)
            return
        if partition not in self._unclaimed:  # it was taken away meanwhile
            self._forget(partition)
            return
        self._consumer.seek(place, found.next_offset)
        self._collector.open(partition, found.next_offset, found.replay_to)
        self._archived[partition] = found.next_offset
        self._unclaimed.discard(partition)
        self._consumer.resume(place)
        log.info("archive_claimed", partition=partition, offset=found.next_offset, replay_to=found.replay_to)

    async def _note_lost(self, partition: int, resume: Resume, found: Place) -> None:
        first = resume.next_offset or 0
        if found.lost_to is None:
            return
        log.error("archive_records_lost", partition=partition, first_offset=first, last_offset=found.lost_to)
        self._meter.count(ARCHIVE_LOST, found.lost_to - first + 1)
        await self._in_thread(self._writer.write_lost, Block(self._topic, partition, first, found.lost_to, ()))

    async def _write(self, blocks: Sequence[Block]) -> None:
        try:
            await self._in_thread(self._writer.write, blocks)
        except GivenUpError:
            log.info("archive_round_abandoned", partitions=[block.partition for block in blocks])
            for block in blocks:
                self._claim_anew(TopicPartition(self._topic, block.partition))
            return
        for block in blocks:
            self._archived[block.partition] = block.last_offset + 1
        if self._witness is not None:
            self._witness.settled([block.partition for block in blocks])
        await self._hint({TopicPartition(self._topic, block.partition): block.last_offset + 1 for block in blocks})

    async def _hint(self, offsets: dict[TopicPartition, int]) -> None:
        """Tell Kafka how far the archive is, for its lag tools; the store decides where a start goes on."""
        try:
            await asyncio.wait_for(self._consumer.commit(offsets), COMMIT_S)
        except (KafkaError, TimeoutError) as error:
            log.info("archive_hint_failed", error=type(error).__name__)

    async def _settle_work(self) -> None:
        """Wait for the running piece of work; abandon it when it takes too long. Its errors stay in it for the loop."""
        if self._work is None:
            return
        done, _ = await asyncio.wait({self._work}, timeout=GRACE_S)
        if done:
            return
        while not done:  # again and again: the driver answers a broken connection with a new one
            self._writer.give_up()
            if self._witness is not None:
                self._witness.give_up()
            done, _ = await asyncio.wait({self._work}, timeout=GIVE_UP_EVERY_S)
        self._writer.go_on()

    def _throttle(self) -> None:
        """Fetch no more while enough waits."""
        assigned = {place.partition: place for place in self._consumer.assignment()}
        wanted = self._collector.replaying if self._collector.is_full else self._collector.partitions
        unwanted = self._collector.partitions - wanted
        paused = {place.partition for place in self._consumer.paused()}
        self._consumer.pause(*[assigned[number] for number in unwanted - paused if number in assigned])
        self._consumer.resume(*[assigned[number] for number in wanted & paused if number in assigned])

    def _note_lag(self) -> None:
        for place in self._consumer.assignment():
            end, archived = self._consumer.highwater(place), self._archived.get(place.partition)
            if end is not None and archived is not None:
                self._meter.gauge(ARCHIVE_LAG, max(0, end - archived), str(place.partition))

    async def _in_thread(self, call: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)

    async def _pause(self, seconds: float) -> None:
        """Wait, unless the process is told to stop."""
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000
