"""Reads ranges of partitions straight from the log, outside of any consumer group."""

from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

WAIT_MS = 20
"""How long the broker may hold a fetch that finds nothing. A range may end in a transaction's marker, which is no
record; and whatever is asked next on the connection waits behind the fetch."""


class RangeReader:
    """Two connections: one that asks for offsets and never fetches, one that reads, one range at a time."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._asking: AIOKafkaConsumer | None = None
        self._reading: AIOKafkaConsumer | None = None

    async def bounds(self, place: TopicPartition) -> tuple[int, int]:
        """Offset of the first record still there, and of the next one to come.

        Raises:
            KafkaError: Kafka does not answer.
        """
        self._asking = self._asking or await self._connect()
        first = (await self._asking.beginning_offsets([place]))[place]
        end = (await self._asking.end_offsets([place]))[place]
        return int(first), int(end)

    async def ends(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Offset of the next record to come, for several partitions at once.

        Raises:
            KafkaError: Kafka does not answer.
        """
        self._asking = self._asking or await self._connect()
        found: dict[TopicPartition, int] = await self._asking.end_offsets(places)
        return found

    async def read(self, place: TopicPartition, start: int, end: int) -> AsyncIterator[list[ConsumerRecord]]:
        """The committed records from ``start`` (which must still be there) up to ``end``, in batches.

        Raises:
            KafkaError: Kafka does not answer.
        """
        if start >= end:
            return
        consumer = self._reading = self._reading or await self._connect()
        consumer.assign([place])
        consumer.seek(place, start)
        try:
            while await consumer.position(place) < end:
                fetched = await consumer.getmany(place, timeout_ms=WAIT_MS, max_records=20_000)
                batch = [record for record in fetched.get(place, ()) if record.offset < end]
                if batch:
                    yield batch
        finally:
            consumer.unsubscribe()  # else it would go on fetching

    async def close(self) -> None:
        """Give the connections back."""
        for consumer in (self._asking, self._reading):
            if consumer is not None:
                await consumer.stop()
        self._asking = self._reading = None

    async def _connect(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            fetch_max_wait_ms=WAIT_MS,
            max_partition_fetch_bytes=8 << 20,
            fetch_max_bytes=16 << 20,
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return consumer
