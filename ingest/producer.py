"""A connected kafka-python producer that knows both topics of the gateway."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, UnknownTopicOrPartitionError

from ingest.log_place import LogPlace
from ingest.one_wakeup import OneWakeupClient
from schemas.frame import MAX_FRAME_BYTES

log = structlog.get_logger(__name__)
BOOTSTRAP_TIMEOUT_MS = 3_000
MAX_REQUEST_BYTES = 8 << 20


@dataclass(frozen=True)
class Outgoing:
    """One record on its way."""

    topic: str
    partition: int
    value: bytes
    headers: list[tuple[str, bytes]] | None = None


class Producer:
    """Idempotent, acknowledged by all replicas."""

    def __init__(self, place: LogPlace, delivery_timeout_ms: int) -> None:
        """Connect. Blocks.

        Raises:
            KafkaError: Kafka cannot be reached, or a topic is not as it was declared.
        """
        self._client: OneWakeupClient
        self._producer = KafkaProducer(
            kafka_client=self._make_client,
            bootstrap_servers=place.bootstrap,
            client_id="campanile-gateway",
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            linger_ms=0,
            compression_type="lz4",
            batch_size=MAX_FRAME_BYTES,
            max_request_size=MAX_REQUEST_BYTES,
            max_block_ms=250,
            bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS,
            request_timeout_ms=delivery_timeout_ms - 500,
            delivery_timeout_ms=delivery_timeout_ms,
            reconnect_backoff_max_ms=1_000,
            metrics_enabled=False,
        )
        try:
            self._require_topics(place)
        except KafkaError:
            self.discard()
            raise

    def _make_client(self, **configs: Any) -> OneWakeupClient:  # noqa: ANN401 — kafka-python's own arguments
        self._client = OneWakeupClient(**configs)
        return self._client

    def _require_topics(self, place: LogPlace) -> None:
        for topic in (place.events_topic, place.dead_letter_topic):
            found = self._producer.partitions_for(topic) or ()
            if len(found) != place.partitions:
                raise UnknownTopicOrPartitionError(f"{topic}: {len(found)} partitions, not {place.partitions}")

    def send(self, records: Iterable[tuple[Outgoing, Callable[[Exception | None], None]]]) -> None:
        """Put records into the buffer, in order; they leave together. Never blocks.

        The function beside each is called once with its outcome, None when Kafka has acknowledged it: in the sending
        thread, or here if the record cannot even be put into the buffer.
        """
        with self._client.one_wakeup():
            for record, tell in records:
                self._send(record, tell)

    def _send(self, record: Outgoing, tell: Callable[[Exception | None], None]) -> None:
        try:
            future = self._producer.send(
                record.topic, value=record.value, partition=record.partition, headers=record.headers
            )
        except (KafkaError, ValueError) as error:  # ValueError: the topic has lost partitions
            tell(error)
            return
        future.add_callback(lambda _: tell(None))
        future.add_errback(tell)

    def close(self, timeout_s: float) -> None:
        """Send what is still in the buffer, wait for its acknowledgement up to the timeout, and close. Blocks."""
        try:
            self._producer.close(timeout_s)
        except KafkaTimeoutError:
            log.warning("kafka_close_timed_out")
            self.discard()

    def discard(self) -> None:
        """End a producer of which nothing good is expected: what it still holds fails at once. Blocks."""
        self._producer._sender.force_close()  # noqa: SLF001 — `close` would first wait for the very batches that are lost
        self._producer.close(timeout=5)
