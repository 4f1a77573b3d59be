"""The way to Kafka: an idempotent producer that is replaced as soon as a delivery has failed.

kafka-python sends from a thread of its own. ``append`` never waits: the partitions of both topics are known before a
producer is taken into use, so ``send`` only puts the record into the producer's buffer. The outcome comes back into the
event loop, once per record.

Why replace: after an expired batch an idempotent producer needs a new id, and after a long outage a client's view of
the cluster may be anything. A new producer has one well-known beginning; while there is none the gateway says 503.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, UnknownTopicOrPartitionError

from ingest.log_place import LogPlace
from schemas.frame import MAX_FRAME_BYTES

log = structlog.get_logger(__name__)
Done = Callable[[Exception | None], None]
RETRY_S = 0.5
BOOTSTRAP_TIMEOUT_MS = 3_000
STALLED_S = 2.5
MAX_REQUEST_BYTES = 8 << 20


@dataclass(frozen=True)
class Outgoing:
    """One record on its way."""

    topic: str
    partition: int
    value: bytes
    headers: list[tuple[str, bytes]] | None = None


class Uplink:
    """Appends records to Kafka, all replicas acknowledging; connects, and connects again, in :meth:`run`."""

    def __init__(self, place: LogPlace, delivery_timeout_s: float) -> None:
        self._place = place
        self._delivery_timeout_ms = int(delivery_timeout_s * 1000)
        self._producer: KafkaProducer | None = None
        self._lost = asyncio.Event()
        self._in_flight: dict[int, float] = {}
        self._sequence = 0

    def trouble(self) -> str | None:
        """Why nothing can be appended now; None when it can."""
        if self._producer is None:
            return "Kafka 无法连接 / Kafka cannot be reached"
        oldest = next(iter(self._in_flight.values()), None)
        if oldest is not None and time.monotonic() - oldest > STALLED_S:
            return "Kafka 没有应答 / Kafka does not answer"
        return None

    def append(self, record: Outgoing, done: Done) -> None:
        """Send a record; ``done`` is called in this event loop, with None once Kafka has acknowledged it."""
        loop = asyncio.get_running_loop()
        producer = self._producer
        if producer is None:
            loop.call_soon(done, ConnectionError("no producer"))
            return
        number = self._sequence = self._sequence + 1
        self._in_flight[number] = time.monotonic()

        def settle(error: Exception | None) -> None:
            del self._in_flight[number]
            if error is not None:
                self._lose(producer, error)
            done(error)

        try:
            future = producer.send(record.topic, value=record.value, partition=record.partition, headers=record.headers)
        except (KafkaError, ValueError) as error:  # ValueError: the topic has lost partitions
            loop.call_soon(settle, error)
            return
        future.add_callback(lambda _: loop.call_soon_threadsafe(settle, None))
        future.add_errback(lambda error: loop.call_soon_threadsafe(settle, error))

    def _lose(self, producer: KafkaProducer, error: Exception) -> None:
        if self._producer is producer:
            log.warning("kafka_delivery_failed", error=type(error).__name__)
            self._producer = None
            self._lost.set()

    async def run(self) -> None:
        """Keep a producer connected until cancelled."""
        while True:
            self._lost.clear()
            producer = await self._connected()
            log.info("kafka_connected")
            self._producer = producer
            await self._lost.wait()
            await asyncio.to_thread(_discard, producer)

    async def _connected(self) -> KafkaProducer:
        while True:
            try:
                return await asyncio.to_thread(self._connect)
            except KafkaError as error:
                log.warning("kafka_unreachable", error=type(error).__name__, detail=str(error))
                await asyncio.sleep(RETRY_S)

    def _connect(self) -> KafkaProducer:
        """A producer that knows both topics. Blocks; runs in a thread.

        Raises:
            KafkaError: Kafka cannot be reached, or a topic is not as it was declared.
        """
        producer = KafkaProducer(
            bootstrap_servers=self._place.bootstrap,
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
            request_timeout_ms=self._delivery_timeout_ms - 500,
            delivery_timeout_ms=self._delivery_timeout_ms,
            reconnect_backoff_max_ms=1_000,
            metrics_enabled=False,
        )
        try:
            self._require_topics(producer)
        except KafkaError:
            _discard(producer)
            raise
        return producer

    def _require_topics(self, producer: KafkaProducer) -> None:
        for topic in (self._place.events_topic, self._place.dead_letter_topic):
            found = producer.partitions_for(topic) or ()
            if len(found) != self._place.partitions:
                raise UnknownTopicOrPartitionError(f"{topic}: {len(found)} partitions, not {self._place.partitions}")

    async def close(self, timeout_s: float) -> None:
        """Close the producer; what is not acknowledged within the timeout is given up."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await asyncio.to_thread(_finish, producer, timeout_s)


def _finish(producer: KafkaProducer, timeout_s: float) -> None:
    try:
        producer.close(timeout_s)
    except KafkaTimeoutError:
        log.warning("kafka_close_timed_out")
        _discard(producer)


def _discard(producer: KafkaProducer) -> None:
    """End a producer of which nothing good is expected: what it still holds fails at once."""
    producer._sender.force_close()  # noqa: SLF001 — `close` would first wait for the very batches that are lost
    producer.close(timeout=5)
