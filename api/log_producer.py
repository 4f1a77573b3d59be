"""The API's way to append to the log: a producer that is connected, and connected again, while it runs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.errors import UnreachableError

log = structlog.get_logger(__name__)
RETRY_S: Final = 1.0


class LogProducer:
    """An idempotent producer that all replicas acknowledge; :meth:`run` keeps it connected.

    Args:
        bootstrap: Kafka.
        name: of what it writes, for the log line that says that Kafka is away.
        client_id: as Kafka shows it.
        acknowledged_within_s: how long an append may take.
        refused: the error of an append that is not certain to be kept, made from its cause.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        name: str,
        client_id: str,
        acknowledged_within_s: float,
        refused: Callable[[str], UnreachableError],
    ) -> None:
        self._bootstrap = bootstrap
        self._unreachable = f"{name}_unreachable"
        self._client_id = client_id
        self._acknowledged_within_s = acknowledged_within_s
        self._refused = refused
        self._producer: AIOKafkaProducer | None = None

    @property
    def is_connected(self) -> bool:
        """Whether anything can be appended."""
        return self._producer is not None

    @asynccontextmanager
    async def appending(self) -> AsyncIterator[AIOKafkaProducer]:
        """The producer for the block, in which everything is sent and its acknowledgement awaited.

        Raises:
            UnreachableError: Kafka is away, or the block did not end in time.
        """
        if self._producer is None:
            raise self._refused("Kafka 未连接 / Kafka is not connected")
        try:
            async with asyncio.timeout(self._acknowledged_within_s):
                yield self._producer
        except (KafkaError, TimeoutError) as error:
            raise self._refused(type(error).__name__) from error

    async def run(self) -> None:
        """Be connected until cancelled; a Kafka that is away at the start is asked again."""
        while True:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id=self._client_id,
                acks="all",
                enable_idempotence=True,
                request_timeout_ms=int(self._acknowledged_within_s * 1000),
            )
            try:
                await producer.start()
                self._producer = producer
                await asyncio.Event().wait()
            except KafkaError as error:
                log.warning(self._unreachable, error=type(error).__name__)
            finally:
                self._producer = None
                await producer.stop()
            await asyncio.sleep(RETRY_S)
