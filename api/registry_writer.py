"""Where the API writes facts of the organisation: a small seam, and ``campus.registry`` behind it.

``write`` returns once the log has acknowledged every fact; the organisation that this and every other process holds
follows the log, a moment later.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.errors import UnreachableError
from schemas.registry import AnyFact, fact_key
from schemas.topics import REGISTRY

log = structlog.get_logger(__name__)
RETRY_S: Final = 1.0
ACKNOWLEDGED_WITHIN_S: Final = 10.0


class FactWriter(Protocol):
    """Takes facts."""

    async def write(self, facts: Sequence[AnyFact]) -> None:
        """Keep facts, in order.

        Raises:
            UnreachableError: it is not certain that every one is kept; writing them again is harmless.
        """
        ...


class NoFacts:
    """Nothing can be written here."""

    async def write(self, facts: Sequence[AnyFact]) -> None:  # noqa: ARG002 — the seam's signature
        """Refuse."""
        raise _unwritten("没有接上日志 / no log is connected")


class LogFacts:
    """Appends facts to ``campus.registry``; :meth:`run` keeps it connected."""

    def __init__(self, bootstrap: str, *, prefix: str) -> None:
        self._bootstrap = bootstrap
        self._topic = prefix + REGISTRY.name
        self._producer: AIOKafkaProducer | None = None

    @property
    def is_connected(self) -> bool:
        """Whether facts can be written."""
        return self._producer is not None

    async def write(self, facts: Sequence[AnyFact]) -> None:
        """Append and wait for the log's acknowledgement.

        Raises:
            UnreachableError: Kafka is away, or did not acknowledge in time.
        """
        producer = self._producer
        if producer is None:
            raise _unwritten("Kafka 未连接 / Kafka is not connected")
        try:
            async with asyncio.timeout(ACKNOWLEDGED_WITHIN_S):
                sent = [
                    await producer.send(
                        self._topic, fact.model_dump_json().encode(), key=fact_key(fact).encode(), partition=0
                    )
                    for fact in facts
                ]
                await asyncio.gather(*sent)
        except (KafkaError, TimeoutError) as error:
            raise _unwritten(type(error).__name__) from error

    async def run(self) -> None:
        """Be connected until cancelled; a Kafka that is away at the start is asked again."""
        while True:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id="campanile-api-registry",
                acks="all",
                enable_idempotence=True,
                request_timeout_ms=int(ACKNOWLEDGED_WITHIN_S * 1000),
            )
            try:
                await producer.start()
                self._producer = producer
                await asyncio.Event().wait()
            except KafkaError as error:
                log.warning("registry_writer_unreachable", error=type(error).__name__)
            finally:
                self._producer = None
                await producer.stop()
            await asyncio.sleep(RETRY_S)


def _unwritten(cause: str) -> UnreachableError:
    return UnreachableError(
        "未能写入，什么也没有改变 / it could not be written",
        cause=cause,
        remedy="稍后重试，重复无害 / try again, that is harmless; campanile doctor",
    )
