"""Workers die, come and go under load: nothing is lost, nothing counts twice, nobody writes who must not."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from streams.engine.stage import Wire
from tests.faults.streams_fleet import (
    SESSION_S,
    Fleet,
    Load,
    compare_with_truth,
    found_organisation,
    log_ends,
    positions,
    reached,
    until,
)
from tests.streams.engine.log_bench import PARTITIONS

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture
async def fleet(kafka_bootstrap: str, prefix: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    fleet = Fleet(Wire(kafka_bootstrap, prefix, PARTITIONS), tmp_path)
    await found_organisation(fleet.wire)
    try:
        yield fleet
    except BaseException:
        print(fleet.words())  # noqa: T201 — the workers' last words belong to the report of a failure
        raise
    finally:
        fleet.clear()


@pytest.fixture
async def producer(fleet: Fleet) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=fleet.wire.bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    yield producer
    await producer.stop()


async def settle(fleet: Fleet) -> None:
    """Everything sent is written; the workers stop; what they left is compared."""
    try:
        await reached(fleet.wire, await log_ends(fleet.wire))
        assert set(await fleet.stop()) == {0}
    except BaseException:
        print(fleet.words())  # noqa: T201 — see above
        raise
    await compare_with_truth(fleet.wire)


async def test_a_worker_killed_again_and_again_loses_and_doubles_nothing(
    fleet: Fleet, producer: AIOKafkaProducer, faults: int
) -> None:
    load, chosen = Load(fleet.wire), random.Random(11)
    fleet.start("a")
    await load.run(producer, 50)
    await reached(fleet.wire, await log_ends(fleet.wire))
    for number in range(faults):
        await load.run(producer, chosen.randrange(10, 120))
        fleet.kill("a")
        killed_s, before = time.monotonic(), await positions(fleet.wire)
        fleet.start("a")
        await load.run(producer, 20)

        async def writes_again(before: dict[int, int] = before) -> bool:
            return await positions(fleet.wire) != before

        await until(writes_again, within_s=60)
        print(f"kill {number}: {time.monotonic() - killed_s:.1f} s to the next write")  # noqa: T201 — a measurement
    await settle(fleet)


async def test_two_workers_join_are_killed_and_rejoin(fleet: Fleet, producer: AIOKafkaProducer, faults: int) -> None:
    load, chosen = Load(fleet.wire, seed=8), random.Random(12)
    fleet.start("a")
    await load.run(producer, 50)
    fleet.start("b")
    await load.run(producer, 100)
    await reached(fleet.wire, await log_ends(fleet.wire))
    for _ in range(faults):
        victim = chosen.choice(["a", "b"])
        await load.run(producer, chosen.randrange(20, 120))
        fleet.kill(victim)
        await load.run(producer, chosen.randrange(20, 120))
        fleet.start(victim)
        await reached(fleet.wire, await log_ends(fleet.wire))
    await settle(fleet)


async def test_a_rolling_restart_loses_and_doubles_nothing(fleet: Fleet, producer: AIOKafkaProducer) -> None:
    load = Load(fleet.wire, seed=9)
    for name in ("a", "b"):
        fleet.start(name)
    await load.run(producer, 50)
    await reached(fleet.wire, await log_ends(fleet.wire))
    for name in ("a", "b", "a", "b"):
        rolling = asyncio.create_task(load.run(producer, 150))
        fleet.signal(name, signal.SIGTERM)
        assert await fleet.ended(name) == 0
        fleet.start(name)
        await rolling
        await reached(fleet.wire, await log_ends(fleet.wire))
    await settle(fleet)


async def test_a_worker_that_slept_through_its_session_is_fenced(fleet: Fleet, producer: AIOKafkaProducer) -> None:
    load = Load(fleet.wire, seed=10)
    fleet.start("a")
    await load.run(producer, 50)
    await reached(fleet.wire, await log_ends(fleet.wire))
    asleep = asyncio.create_task(load.run(producer, 40))
    await asyncio.sleep(0)
    fleet.start("b")
    await asleep
    await load.run(producer, 100)
    fleet.signal("a", signal.SIGSTOP)
    try:
        await load.run(producer, 50)
        async with asyncio.timeout(10 * SESSION_S):
            await reached(fleet.wire, await log_ends(fleet.wire))
    finally:
        fleet.signal("a", signal.SIGCONT)
    assert await fleet.ended("a") == 70
    await load.run(producer, 20)
    await settle(fleet)
