"""Keeps an :class:`Organisation` equal to the topic ``campus.registry``, in the event loop of its process."""

import asyncio

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pydantic import ValidationError

from schemas.organisation import Organisation
from schemas.topics import REGISTRY

log = structlog.get_logger(__name__)


class RegistryFeed:
    """Reads the registry from its beginning and then follows it; ``caught_up`` is set once the end was reached."""

    def __init__(self, bootstrap: str, organisation: Organisation, prefix: str = "") -> None:
        self.organisation = organisation
        self.caught_up = asyncio.Event()
        self._place = TopicPartition(prefix + REGISTRY.name, 0)
        self._bootstrap = bootstrap

    async def run(self) -> None:
        """Follow the topic until cancelled. A record that is no fact is logged and skipped.

        Raises:
            aiokafka.errors.KafkaError: Kafka does not answer at the start.
        """
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            consumer.assign([self._place])
            await consumer.seek_to_beginning(self._place)
            end = (await consumer.end_offsets([self._place]))[self._place]
            while True:
                if not self.caught_up.is_set() and await consumer.position(self._place) >= end:
                    self.caught_up.set()
                    log.info("registry_loaded", facts=sum(1 for _ in self.organisation.facts()))
                for record in (await consumer.getmany(timeout_ms=1000)).get(self._place, ()):
                    self._take(record)
        finally:
            await consumer.stop()

    def _take(self, record: ConsumerRecord) -> None:
        try:
            self.organisation.apply((record.key or b"").decode(), record.value)
        except (ValidationError, ValueError) as error:
            log.error("registry_record_refused", offset=record.offset, reason=type(error).__name__)
