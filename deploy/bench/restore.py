"""How long a worker needs to take over the documents of a province: 300,000 of them, from the compacted topic."""

import asyncio
import time
from collections.abc import Iterator

import msgspec
from aiokafka import AIOKafkaProducer

from deploy.bench.figures import Figure, Report
from deploy.bench.load import EventMaker
from deploy.bench.rig import rig
from deploy.bench.throughput import Say
from deploy.garbage import look_for_cycles_seldom
from deploy.topic_plan import TopicAdmin
from schemas.documents import PROGRESS_KEY, Progress
from schemas.frame import join_frame, stamp
from schemas.metrics import NullMeter
from schemas.partitioning import partition_of
from schemas.topics import EVENTS, STATE
from streams.core.campus_ledger import CampusLedger
from streams.engine.announcer import Announcer
from streams.engine.failure import Failure
from streams.engine.keeper import Keeper
from streams.engine.stage import Stage, Wire
from streams.settings import StreamsSettings
from streams.systems import systems

DOCUMENTS = 300_000
PARTITIONS = 8
PREFIX = "restore-"
_BATCH_BYTES = 1 << 20


def measure(say: Say) -> Report:
    """Write the documents as a worker would, then open all partitions one after another."""
    with rig(10) as made:
        wire = Wire(made.product.running.bootstrap, PREFIX, PARTITIONS)
        _make_topics(wire)
        written_s, size = asyncio.run(_write(wire))
        say(f"  {DOCUMENTS:,} documents of {size:,} bytes written in {written_s:.1f} s")
        took_s, cpu_s, restored = asyncio.run(_restore(wire))
    report = Report("restore")
    report.add(Figure("documents restored", restored, "documents", DOCUMENTS, "at_least"))
    report.add(Figure("restore, 8 partitions in one worker", took_s, "s", 3.0))
    report.add(Figure("CPU of it", cpu_s, "s"))
    report.notes.append(f"{size:,} bytes a document")
    return report


def _make_topics(wire: Wire) -> None:
    admin = TopicAdmin(wire.bootstrap, prefix=PREFIX, partitions=PARTITIONS, replication_factor=1)
    try:
        admin.apply(admin.plan())
    finally:
        admin.close()


def _documents() -> list[bytes]:
    """The stored documents of one campus, as real events leave them."""
    now_ms = time.time_ns() // 1_000_000
    ledger = CampusLedger(0, systems(), lambda _: ("k-1",))
    events = EventMaker(("c-1",), seed=3).events(300)
    ledger.fold(0, join_frame([stamp(raw, now_ms, now_ms) for raw in events]))
    return [value for _, value in ledger.harvest(everything=True).documents]


def _keys(partition: int, kinds: int) -> Iterator[tuple[int, bytes]]:
    """Keys of this partition's share, each with the number of the document that stands for it."""
    for number in range(DOCUMENTS):
        campus_id = f"c-420000-{number // kinds:06}"
        if partition_of(campus_id, PARTITIONS) == partition:
            yield number % kinds, f"{campus_id}/{sorted(systems())[number % kinds]}".encode()


async def _write(wire: Wire) -> tuple[float, int]:
    documents = _documents()
    producer = AIOKafkaProducer(
        bootstrap_servers=wire.bootstrap, max_batch_size=_BATCH_BYTES, max_request_size=8 * _BATCH_BYTES
    )
    await producer.start()
    started = time.monotonic()
    try:
        for partition in range(PARTITIONS):
            batch = producer.create_batch()
            for kind, key in _keys(partition, len(documents)):
                if batch.append(key=key, value=documents[kind], timestamp=None) is None:
                    await _send(producer, batch, wire, partition)
                    batch = producer.create_batch()
                    batch.append(key=key, value=documents[kind], timestamp=None)
            batch.append(key=PROGRESS_KEY, value=msgspec.json.encode(Progress(0)), timestamp=None)
            await _send(producer, batch, wire, partition)
    finally:
        await producer.stop()
    return time.monotonic() - started, sum(map(len, documents)) // len(documents)


async def _send(producer: AIOKafkaProducer, batch: object, wire: Wire, partition: int) -> None:
    await (await producer.send_batch(batch, wire.topic(STATE), partition=partition))


async def _restore(wire: Wire) -> tuple[float, float, int]:
    look_for_cycles_seldom()  # as a worker does at its start
    announcer = Announcer(wire)
    await announcer.start()
    stage = Stage("campus", EVENTS, STATE, lambda number: CampusLedger(number, systems(), lambda _: ("k-1",)))
    keeper = Keeper(wire, stage, StreamsSettings(), announcer=announcer, meter=NullMeter(), failure=Failure())
    started, cpu_s = time.monotonic(), time.process_time()
    for partition in range(PARTITIONS):
        await keeper.open(partition)
    took = time.monotonic() - started, time.process_time() - cpu_s
    ledgers = [kept.ledger for kept in keeper.partitions.values()]
    restored = sum(ledger.held for ledger in ledgers if isinstance(ledger, CampusLedger))
    await keeper.close()
    await announcer.close()
    return *took, restored
