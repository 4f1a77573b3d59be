"""A keeper on a real Kafka with the tally system, and what its topics hold."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition

from schemas.metrics import NullMeter
from schemas.topics import EVENTS, INPUT, ROLLUP, STATE, Topic
from streams.core.campus_ledger import CampusLedger
from streams.core.consortium_ledger import ConsortiumLedger
from streams.core.recompute import LogRecord, recompute
from streams.engine.announcer import Announcer
from streams.engine.failure import Failure
from streams.engine.keeper import Keeper
from streams.engine.reader import RangeReader
from streams.engine.stage import Stage, Wire
from streams.settings import StreamsSettings
from tests.streams.core.tally_system import SYSTEMS

PARTITIONS = 4
CALM = StreamsSettings(flush_visible_ms=600_000, flush_alive_ms=600_000)
"""Flushes by itself only once, at the start: the test says when."""


def consortia_of(campus_id: str) -> tuple[str, ...]:
    return (f"k-{campus_id[-1]}",)


def campus_stage(consortia: Callable[[str], tuple[str, ...]] = consortia_of) -> Stage:
    return Stage("campus", EVENTS, STATE, lambda number: CampusLedger(number, SYSTEMS, consortia))


CONSORTIUM_STAGE = Stage("consortium", INPUT, ROLLUP, ConsortiumLedger)


@dataclass
class Process:
    """What a worker process would hold of one stage, without the delivery."""

    wire: Wire
    announcer: Announcer
    keeper: Keeper
    failure: Failure = field(default_factory=Failure)


@asynccontextmanager
async def process(wire: Wire, stage: Stage | None = None, settings: StreamsSettings = CALM) -> AsyncIterator[Process]:
    """A running process; at the end it is dropped as a crash would drop it: nothing is flushed."""
    announcer, failure = Announcer(wire), Failure()
    keeper = Keeper(wire, stage or campus_stage(), settings, announcer=announcer, meter=NullMeter(), failure=failure)
    await announcer.start()
    try:
        yield Process(wire, announcer, keeper, failure)
    finally:
        await keeper.close()
        await announcer.close()


async def append(wire: Wire, topic: Topic, partition: int, values: list[bytes]) -> None:
    """Put records into a topic."""
    producer = AIOKafkaProducer(bootstrap_servers=wire.bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        name = wire.topic(topic)
        await asyncio.gather(*[await producer.send(name, value, partition=partition) for value in values])
    finally:
        await producer.stop()


async def committed(wire: Wire, topic: Topic, partition: int) -> list[ConsumerRecord]:
    """Every committed record of a partition."""
    reader = RangeReader(wire.bootstrap)
    try:
        place = TopicPartition(wire.topic(topic), partition)
        first, end = await reader.bounds(place)
        return [record async for batch in reader.read(place, first, end) for record in batch]
    finally:
        await reader.close()


async def documents(wire: Wire, topic: Topic, partition: int) -> dict[str, bytes]:
    """The newest value of each key of a compacted partition, the row of progress included."""
    return {record.key.decode(): record.value for record in await committed(wire, topic, partition)}


def truth(values: list[bytes], partition: int = 0) -> dict[str, bytes]:
    """What the pure core makes of the log."""
    records = [LogRecord(partition, offset, value) for offset, value in enumerate(values)]
    return recompute(records, SYSTEMS, consortia_of).campuses
