"""Reads the three topics of the live view with aiokafka and hands each record to the view and the hub.

Ready means: every record that stood in the log at the start has been applied. Only committed records are read. When
Kafka is away the client keeps asking; a consumer that failed is opened anew where the view stands. Positions that the
log no longer has, or topics of another shape, end the process: a fresh start reads everything from the beginning.
"""

import asyncio
from collections import defaultdict
from hashlib import blake2b

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from api.live.cursor import STAMP_BYTES
from api.live.hub import Hub
from api.live.positions import TOPICS
from api.live.view import Record, RefusedRecordError
from schemas.clock import Clock
from schemas.errors import ConfigurationError, DataFaultError
from schemas.topics import ALERTS, Topic

log = structlog.get_logger(__name__)
RETRY_S = 1.0
POLL_MS = 1000
RECORDS_PER_TURN = 2000
"""Applied without giving the event loop back: a few milliseconds."""
ALERTS_COMPLETE_MS = ALERTS.min_compaction_lag_ms or 0
"""The log compacts no alert transition that is younger."""


class Follower:
    """``await run()`` in the loop of the hub; ``is_caught_up(topic)`` from anywhere."""

    def __init__(self, bootstrap: str, hub: Hub, *, prefix: str, partitions: int, log_clock: Clock) -> None:
        self._bootstrap = bootstrap
        self._hub = hub
        self._view = hub.view
        self._prefix = prefix
        self._partitions = partitions
        self._log_clock = log_clock
        self._places = {
            TopicPartition(prefix + topic.name, partition): topic for topic in TOPICS for partition in range(partitions)
        }
        self._pending: dict[TopicPartition, int] | None = None
        self._refused: dict[str, int] = defaultdict(int)

    def is_caught_up(self, topic: Topic | None = None) -> bool:
        """Whether everything that the log held at the start has been applied, of one topic or of all."""
        if self._pending is None:
            return False
        return not any(topic is None or self._places[place] is topic for place in tuple(self._pending))

    async def run(self) -> None:
        """Follow until cancelled.

        Raises:
            ConfigurationError: the topics have another number of partitions than this deployment's settings say.
            DataFaultError: the log does not hold the position that was reached.
        """
        while True:
            consumer = self._consumer()
            try:
                if await self._are_topics_there():
                    await consumer.start()
                    await self._assign(consumer)
                    await self._follow(consumer)
            except OffsetOutOfRangeError as error:
                raise DataFaultError(
                    "日志与已读位置不符 / the log does not hold the position that was reached",
                    cause="主题被重建或截断 / a topic was made anew or cut",
                    remedy="重启后自动重读 / a restarted process reads everything again",
                ) from error
            except KafkaError as error:
                log.warning("log_unreachable", error=type(error).__name__)
            finally:
                await consumer.stop()
            await asyncio.sleep(RETRY_S)

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_partition_fetch_bytes=8 << 20,
            check_crcs=False,  # the broker has checked them, and TCP has a checksum of its own
        )

    async def _are_topics_there(self) -> bool:
        """Whether the log has the topics; names the deployment on the way: cluster, prefix, number of partitions.

        Raises:
            ConfigurationError: a topic has another number of partitions.
        """
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        try:
            await admin.start()
            cluster_id = (await admin.describe_cluster())["cluster_id"]
            described = await admin.describe_topics([self._prefix + topic.name for topic in TOPICS])
        finally:
            await admin.close()
        name = f"{cluster_id}/{self._prefix}/{self._partitions}"
        self._hub.stamp = blake2b(name.encode(), digest_size=STAMP_BYTES).digest()
        counts = {found["topic"]: len(found["partitions"]) for found in described if not found["error_code"]}
        for topic, count in counts.items():
            if count != self._partitions:
                raise ConfigurationError(
                    f"{topic}: {count} 个分区，设置为 {self._partitions} / partitions differ from the settings",
                    remedy=f"CAMPANILE_PARTITIONS={count}",
                )
        return len(counts) == len(TOPICS)

    async def _assign(self, consumer: AIOKafkaConsumer) -> None:
        """Put the consumer where the view stands, at first at the beginning."""
        consumer.assign(list(self._places))
        beginnings = await consumer.beginning_offsets(list(self._places))
        if self._pending is None:
            self._pending = await consumer.end_offsets(list(self._places))
        for place, topic in self._places.items():
            if topic is ALERTS:
                self._view.alerts.forget_before(place.partition, beginnings[place])
            reached = self._view.positions.values[self._view.positions.slot(topic, place.partition)]
            consumer.seek(place, reached or beginnings[place])

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            await self._note_progress(consumer)
            batches = await consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS_PER_TURN)
            for place, records in batches.items():
                self._apply(self._places[place], records)
            await asyncio.sleep(0)

    async def _note_progress(self, consumer: AIOKafkaConsumer) -> None:
        """Tick off the partitions that have reached the end seen at the start."""
        if not self._pending:
            return
        for place, end in tuple(self._pending.items()):
            if await consumer.position(place) >= end:
                positions = self._view.positions
                positions.advance(positions.slot(self._places[place], place.partition), end)
                del self._pending[place]
        if not self._pending:
            log.info("live_view_caught_up", **self._view.document_counts)

    def _apply(self, topic: Topic, records: list[ConsumerRecord]) -> None:
        view, hub = self._view, self._hub
        trusted_ms = self._log_clock.now_ms() - ALERTS_COMPLETE_MS
        for record in records:
            is_complete = topic is not ALERTS or record.timestamp > trusted_ms
            try:
                change = view.apply(
                    Record(topic, record.partition, record.offset, record.key, record.value, is_complete)
                )
            except RefusedRecordError as error:
                self._refused[topic.name] += 1
                log.warning(
                    "record_refused",
                    topic=topic.name,
                    partition=record.partition,
                    offset=record.offset,
                    reason=str(error),
                    refused=self._refused[topic.name],
                )
                continue
            if change is not None:
                hub.publish(change)
