"""The way to Kafka: an idempotent producer that is replaced as soon as a delivery has failed.

kafka-python sends from a thread of its own. ``append`` never waits: the partitions of both topics are known before a
producer is taken into use, so a record is only put into the producer's buffer. Records that are appended together
leave together, and what Kafka acknowledges together comes back into the event loop in one call.

Why replace: after an expired batch an idempotent producer needs a new id, and after a long outage a client's view of
the cluster may be anything. A new producer has one well-known beginning; while there is none the gateway says 503.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import structlog
from kafka.errors import KafkaError

from ingest.log_place import LogPlace
from ingest.producer import Outgoing, Producer

log = structlog.get_logger(__name__)
Done = Callable[[Exception | None], None]
RETRY_S = 0.5
STALLED_S = 2.5


@dataclass(frozen=True, eq=False)
class _Sent:
    """A record that a producer has."""

    producer: Producer
    done: Done
    at_s: float


class Uplink:
    """Appends records to Kafka, all replicas acknowledging; connects, and connects again, in :meth:`run`.

    Made inside the event loop in which it is used.
    """

    def __init__(self, place: LogPlace, delivery_timeout_s: float) -> None:
        self._place = place
        self._delivery_timeout_ms = int(delivery_timeout_s * 1000)
        self._loop = asyncio.get_running_loop()
        self._producer: Producer | None = None
        self._lost = asyncio.Event()
        self._in_flight: dict[_Sent, None] = {}
        self._outcomes: deque[tuple[_Sent, Exception | None]] = deque()
        self._is_settling = False

    def trouble(self) -> str | None:
        """Why nothing can be appended now; None when it can."""
        if self._producer is None:
            return "Kafka 无法连接 / Kafka cannot be reached"
        oldest = next(iter(self._in_flight), None)
        if oldest is not None and time.monotonic() - oldest.at_s > STALLED_S:
            return "Kafka 没有应答 / Kafka does not answer"
        return None

    def append(self, records: Iterable[tuple[Outgoing, Done]]) -> None:
        """Send records, in order.

        The function beside each is called in this event loop, with None once Kafka has acknowledged it.
        """
        producer = self._producer
        if producer is None:
            for _, done in records:
                self._loop.call_soon(done, ConnectionError("no producer"))
            return
        now_s = time.monotonic()
        told = []
        for record, done in records:
            sent = _Sent(producer, done, now_s)
            self._in_flight[sent] = None
            told.append((record, partial(self._tell, sent)))
        producer.send(told)

    def _tell(self, sent: _Sent, error: Exception | None) -> None:
        """An outcome, in the producer's thread: several that come together are settled by one call."""
        self._outcomes.append((sent, error))
        if not self._is_settling:
            self._is_settling = True
            self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        self._is_settling = False  # first: an outcome that comes from now on asks for a call of its own
        while self._outcomes:
            sent, error = self._outcomes.popleft()
            del self._in_flight[sent]
            if error is not None:
                self._lose(sent.producer, error)
            sent.done(error)

    def _lose(self, producer: Producer, error: Exception) -> None:
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
            await asyncio.to_thread(producer.discard)

    async def _connected(self) -> Producer:
        while True:
            try:
                return await asyncio.to_thread(Producer, self._place, self._delivery_timeout_ms)
            except KafkaError as error:
                log.warning("kafka_unreachable", error=type(error).__name__, detail=str(error))
                await asyncio.sleep(RETRY_S)

    async def close(self, timeout_s: float) -> None:
        """Close the producer; what is not acknowledged within the timeout is given up."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await asyncio.to_thread(producer.close, timeout_s)
