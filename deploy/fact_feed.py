"""Keeps a fold of facts current from its compacted topic, inside the event loop of its process."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Protocol

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from schemas.topics import Topic

log = structlog.get_logger(__name__)
RETRY_S = 1.0


class Fold(Protocol):
    """What is kept current."""

    def apply(self, key: str, value: bytes | None) -> None:
        """Take one record; ``ValueError`` when it is no fact."""
        ...

    def facts(self) -> Iterator[object]:
        """Every fact in force."""
        ...


class FactFeed:
    """Reads a topic of facts from its beginning and then follows it; ``is_caught_up`` once the end was reached."""

    def __init__(self, bootstrap: str, fold: Fold, topic: Topic, prefix: str = "") -> None:
        self._fold = fold
        self._caught_up = asyncio.Event()
        self._topic = topic.name
        self._place = TopicPartition(prefix + topic.name, 0)
        self._bootstrap = bootstrap
        self._next_offset: int | None = None

    def is_caught_up(self) -> bool:
        """Whether every fact that stood in the topic at the start has been applied."""
        return self._caught_up.is_set()

    async def wait(self) -> None:
        """Return as soon as the feed has caught up."""
        await self._caught_up.wait()

    async def run(self) -> None:
        """Follow the topic until cancelled; a Kafka that is away at the start is asked again."""
        while True:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
            )
            try:
                await consumer.start()
                await self._follow(consumer)
            except KafkaError as error:
                log.warning("facts_unreachable", topic=self._topic, error=type(error).__name__)
                await asyncio.sleep(RETRY_S)
            finally:
                await consumer.stop()

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        consumer.assign([self._place])
        if self._next_offset is None:
            await consumer.seek_to_beginning(self._place)
        else:  # never back: an older record would let a revoked token in again for a moment
            consumer.seek(self._place, self._next_offset)
        end = (await consumer.end_offsets([self._place]))[self._place]
        while True:
            if not self.is_caught_up() and await consumer.position(self._place) >= end:
                self._caught_up.set()
                log.info("facts_loaded", topic=self._topic, facts=sum(1 for _ in self._fold.facts()))
            await self.taken((await consumer.getmany(timeout_ms=1000)).get(self._place, ()))

    async def taken(self, records: Sequence[ConsumerRecord]) -> None:
        """Apply records that came together."""
        for record in records:
            self._take(record)

    def _take(self, record: ConsumerRecord) -> None:
        """Apply a record; one that is no fact is named by its offset and skipped, the others still count."""
        self._next_offset = record.offset + 1
        try:
            self._fold.apply((record.key or b"").decode(), record.value)
        except (ValidationError, ValueError) as error:
            log.warning("fact_refused", topic=self._topic, offset=record.offset, reason=type(error).__name__)
