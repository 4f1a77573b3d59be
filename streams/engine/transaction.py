"""Writes one harvest in one transaction, under a transactional id that belongs to the partition.

Whoever starts a :class:`PartitionWriter` fences every earlier one of the same partition: its next commit fails with
:class:`FencedError`, and nothing that it had under way becomes visible.
"""

import asyncio

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidProducerEpoch, KafkaError, ProducerFenced

from schemas.documents import PROGRESS_KEY, Progress
from schemas.topics import ALERTS, DEADLETTER
from streams.core.harvest import Harvest
from streams.engine.acknowledged import acknowledged
from streams.engine.errors import BrokenError, FencedError
from streams.engine.stage import Stage, Wire

BATCH_BYTES = 1 << 20
TRANSACTION_TIMEOUT_MS = 10_000
"""If the owner dies inside a transaction, readers of the partition wait at most this long."""
_encode = msgspec.json.Encoder().encode
Record = tuple[bytes | None, bytes, list[tuple[str, bytes]]]


class PartitionWriter:
    """The only writer of one partition of a stage's documents."""

    def __init__(self, wire: Wire, stage: Stage, partition: int) -> None:
        self._wire, self._stage, self._partition = wire, stage, partition
        self._producer = AIOKafkaProducer(
            bootstrap_servers=wire.bootstrap,
            transactional_id=f"{wire.topic(stage.target)}-{partition}",
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            max_batch_size=BATCH_BYTES,
            max_request_size=8 * BATCH_BYTES,
            linger_ms=0,
        )

    async def start(self) -> None:
        """Take the partition over.

        Raises:
            BrokenError: Kafka does not answer.
        """
        try:
            await self._producer.start()
        except KafkaError as error:
            await self._producer.stop()
            raise BrokenError(f"open {self._stage.name}/{self._partition}", error) from error

    async def close(self) -> None:
        """Give the connection back."""
        await self._producer.stop()

    async def commit(self, harvest: Harvest) -> None:
        """Write documents, row of progress, alerts and letters: all of them become visible, or none.

        Raises:
            FencedError: another process owns the partition.
            BrokenError: anything else; what was harvested is then known to nobody and must be read anew.
        """
        progress: Record = (PROGRESS_KEY, _encode(Progress(harvest.low_water)), [])
        documents: list[Record] = [(key, value, []) for key, value in harvest.documents]
        alerts: list[Record] = [(alert.alert_id.encode(), _encode(alert), []) for alert in harvest.alerts]
        letters: list[Record] = [(None, letter.raw, letter.headers()) for letter in harvest.letters]
        try:
            async with self._producer.transaction():
                sent = await self._send(self._wire.topic(self._stage.target), [*documents, progress])
                sent += await self._send(self._wire.topic(ALERTS), alerts)
                sent += await self._send(self._wire.topic(DEADLETTER), letters)
                await acknowledged(sent)
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise FencedError(self._stage.name, self._partition, type(error).__name__) from error
        except KafkaError as error:
            raise BrokenError(f"flush of {self._stage.name}/{self._partition}", error) from error

    async def _send(self, topic: str, records: list[Record]) -> list["asyncio.Future[object]"]:
        """Hand records over in as few batches as they fit into; returns the acknowledgements to wait for."""
        sent: list[asyncio.Future[object]] = []
        batch = self._producer.create_batch()
        for key, value, headers in records:
            if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
                batch.close()
                sent.append(await self._producer.send_batch(batch, topic, partition=self._partition))
                batch = self._producer.create_batch()
                batch.append(key=key, value=value, timestamp=None, headers=headers)
        if records:
            batch.close()
            sent.append(await self._producer.send_batch(batch, topic, partition=self._partition))
        return sent
