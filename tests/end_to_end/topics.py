"""Reading whole topics in tests: the newest value of every key, and where a partition ends."""

import asyncio
from collections.abc import Iterator

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.documents import PROGRESS_KEY, decode_progress
from schemas.topics import EVENTS, INPUT, ROLLUP, STATE

Record = tuple[int, int, bytes, bytes | None]
"""Partition, offset, key, value."""


async def read_topic(bootstrap: str, topic: str) -> list[Record]:
    """Every committed record of a topic, partition by partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, isolation_level="read_committed"
    )
    await consumer.start()
    try:
        places = await _places(consumer, topic)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        records: list[Record] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for place, batch in (await consumer.getmany(timeout_ms=500)).items():
                records += [(place.partition, record.offset, record.key or b"", record.value) for record in batch]
        return records
    finally:
        await consumer.stop()


async def end_offsets(bootstrap: str, topic: str) -> dict[int, int]:
    """Where each partition of a topic ends."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(await _places(consumer, topic))
        return {place.partition: end for place, end in ends.items()}
    finally:
        await consumer.stop()


async def _places(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    numbers = (await consumer._client.fetch_all_metadata()).partitions_for_topic(topic)  # there is no public way
    return [TopicPartition(topic, number) for number in sorted(numbers or ())]


def newest(records: list[Record]) -> dict[str, bytes]:
    """The newest value of every key that is a document."""
    return {key.decode(): value for _, _, key, value in records if key != PROGRESS_KEY and value is not None}


async def streams_are_done(bootstrap: str, prefix: str = "") -> bool:
    """Whether both stages have written down everything that stands in their logs."""
    for source, target in ((EVENTS, STATE), (INPUT, ROLLUP)):
        ends = await end_offsets(bootstrap, prefix + source.name)
        marks = dict(_marks(await read_topic(bootstrap, prefix + target.name)))
        if any(end > 0 and marks.get(partition, 0) < end for partition, end in ends.items()):
            return False
    return True


def _marks(records: list[Record]) -> Iterator[tuple[int, int]]:
    for partition, _, key, value in records:
        if key == PROGRESS_KEY and value is not None:
            yield partition, decode_progress(value).next_offset


async def wait_until_folded(bootstrap: str, timeout_s: float) -> None:
    """Return when every event that is in the log now has been written into the documents."""
    ends = await end_offsets(bootstrap, EVENTS.name)
    async with asyncio.timeout(timeout_s):
        while True:
            marks = dict(_marks(await read_topic(bootstrap, STATE.name)))
            if all(marks.get(partition, 0) >= end for partition, end in ends.items()):
                return
            await asyncio.sleep(0.5)


async def wait_until_streams_are_done(bootstrap: str, timeout_s: float = 120.0) -> None:
    """Return when nothing is left to fold, twice in a row (a tick may be on its way)."""
    calm = 0
    async with asyncio.timeout(timeout_s):
        while calm < 2:
            calm = calm + 1 if await streams_are_done(bootstrap) else 0
            await asyncio.sleep(1.5)
