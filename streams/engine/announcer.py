"""Sends what the next stage must know, and ticks: plain idempotent records, acknowledged before they count as sent.

Not in the documents' transaction, because a transaction's marker takes an offset of its own, and in a source topic a
missing offset must always mean a missing record.
"""

from collections.abc import Iterator

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.documents import MemberSummary
from schemas.frame import encode_tick
from schemas.partitioning import partition_of
from schemas.topics import EVENTS, INPUT
from streams.engine.acknowledged import acknowledged
from streams.engine.errors import BrokenError
from streams.engine.stage import Wire

LINES_PER_FRAME = 1000
"""About 400 KB: well below what a record may hold."""
_encode = msgspec.json.Encoder().encode


class Announcer:
    """One producer for all partitions of a worker."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._producer = AIOKafkaProducer(
            bootstrap_servers=wire.bootstrap,
            enable_idempotence=True,
            acks="all",
            max_batch_size=1 << 20,
            max_request_size=8 << 20,
            linger_ms=0,
        )

    async def start(self) -> None:
        """Connect.

        Raises:
            BrokenError: Kafka does not answer.
        """
        try:
            await self._producer.start()
        except KafkaError as error:
            await self._producer.stop()
            raise BrokenError("start of the announcer", error) from error

    async def close(self) -> None:
        """Give the connection back."""
        await self._producer.stop()

    async def announce(self, lines: list[MemberSummary]) -> None:
        """Send lines, framed by the partition of their consortium; returns once Kafka has them.

        Raises:
            BrokenError: Kafka does not take them.
        """
        topic = self._wire.topic(INPUT)
        try:
            sent = [
                await self._producer.send(topic, value, partition=partition)
                for partition, value in _frames(lines, self._wire.partitions)
            ]
            await acknowledged(sent)
        except KafkaError as error:
            raise BrokenError("summaries", error) from error

    async def tick(self, partition: int, instant_ms: int) -> int:
        """Append a tick to the log; returns its offset.

        Raises:
            BrokenError: Kafka does not take it.
        """
        topic = self._wire.topic(EVENTS)
        try:
            sent = await self._producer.send_and_wait(topic, encode_tick(instant_ms), partition=partition)
        except KafkaError as error:
            raise BrokenError("tick", error) from error
        return int(sent.offset)


def _frames(lines: list[MemberSummary], partitions: int) -> Iterator[tuple[int, bytes]]:
    by_partition: dict[int, list[MemberSummary]] = {}
    for line in lines:
        by_partition.setdefault(partition_of(line.consortium_id, partitions), []).append(line)
    for partition, group in by_partition.items():
        for start in range(0, len(group), LINES_PER_FRAME):
            yield partition, _encode(group[start : start + LINES_PER_FRAME])
