"""Reading topics in tests: records, the newest value of every key, where a partition ends, how far streams are."""

import asyncio
from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.documents import PROGRESS_KEY, decode_progress
from schemas.topics import EVENTS, INPUT, ROLLUP, STATE

Record = tuple[int, int, bytes, bytes | None]
"""Partition, offset, key, value."""


LONGEST_FLUSH = 5_000
"""More records than a worker writes of one partition at once: so far back there is a row of progress."""


async def read_topic(bootstrap: str, topic: str) -> list[Record]:
    """Every committed record of a topic, partition by partition."""
    return [record async for record in _records(bootstrap, topic)]


async def read_newest(bootstrap: str, topic: str) -> dict[str, bytes]:
    """The newest value of every key that is a document."""
    found: dict[str, bytes | None] = {}
    async for _, _, key, value in _records(bootstrap, topic):
        if key != PROGRESS_KEY:
            found[key.decode()] = value
    return {key: value for key, value in found.items() if value is not None}


async def _records(bootstrap: str, topic: str, last: int | None = None) -> AsyncIterator[Record]:
    """Committed records of a topic up to where it ends now, of each partition all or about the ``last`` ones."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, isolation_level="read_committed"
    )
    await consumer.start()
    try:
        places = await _places(consumer, topic)
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        for place, begin in (await consumer.beginning_offsets(places)).items():
            consumer.seek(place, begin if last is None else max(begin, ends[place] - last))
        while any([await consumer.position(place) < ends[place] for place in places]):
            for place, batch in (await consumer.getmany(timeout_ms=500)).items():
                for record in batch:
                    yield place.partition, record.offset, record.key or b"", record.value
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


async def streams_are_done(bootstrap: str, prefix: str = "") -> bool:
    """Whether both stages have written down everything that stands in their logs."""
    for source, target in ((EVENTS, STATE), (INPUT, ROLLUP)):
        ends = await end_offsets(bootstrap, prefix + source.name)
        marks = await _marks(bootstrap, prefix + target.name)
        if any(end > 0 and marks.get(partition, 0) < end for partition, end in ends.items()):
            return False
    return True


async def _marks(bootstrap: str, topic: str) -> dict[int, int]:
    """The newest row of progress of each partition."""
    found = {}
    async for partition, _, key, value in _records(bootstrap, topic, LONGEST_FLUSH):
        if key == PROGRESS_KEY and value is not None:
            found[partition] = decode_progress(value).next_offset
    return found


async def wait_until_folded(bootstrap: str, timeout_s: float) -> None:
    """Return when every event that is in the log now has been written into the documents."""
    ends = await end_offsets(bootstrap, EVENTS.name)
    async with asyncio.timeout(timeout_s):
        while True:
            marks = await _marks(bootstrap, STATE.name)
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
