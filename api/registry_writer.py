"""Where the API writes facts of the organisation: a small seam, and ``campus.registry`` behind it.

``write`` returns once the log has acknowledged every fact; the organisation that this and every other process holds
follows the log, a moment later.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from api.log_producer import LogProducer
from schemas.errors import UnreachableError
from schemas.registry import AnyFact, fact_key
from schemas.topics import REGISTRY

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
        self._topic = prefix + REGISTRY.name
        self._log = LogProducer(
            bootstrap,
            name="registry_writer",
            client_id="campanile-api-registry",
            acknowledged_within_s=ACKNOWLEDGED_WITHIN_S,
            refused=_unwritten,
        )

    @property
    def is_connected(self) -> bool:
        """Whether facts can be written."""
        return self._log.is_connected

    async def write(self, facts: Sequence[AnyFact]) -> None:
        """Append and wait for the log's acknowledgement.

        Raises:
            UnreachableError: Kafka is away, or did not acknowledge in time.
        """
        async with self._log.appending() as producer:
            sent = [
                await producer.send(
                    self._topic, fact.model_dump_json().encode(), key=fact_key(fact).encode(), partition=0
                )
                for fact in facts
            ]
            await asyncio.gather(*sent)

    async def run(self) -> None:
        """Be connected until cancelled."""
        await self._log.run()


def _unwritten(cause: str) -> UnreachableError:
    return UnreachableError(
        "未能写入，什么也没有改变 / it could not be written",
        cause=cause,
        remedy="稍后重试，重复无害 / try again, that is harmless; campanile doctor",
    )
