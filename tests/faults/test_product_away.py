"""Kafka and the store stand still for half a minute under load: refused, bounded, caught up, nothing lost.

The supervisor ends a process that has not reacted for about as long; whether it comes to that here is left to chance.
"""

import asyncio
import json
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from deploy.demo.facts import source_token
from tests.faults.product_load import Stage, county_product

pytestmark = [pytest.mark.engine, pytest.mark.slow]

AWAY_S = 30.0
PUSHED_S = 22.0
"""Well before the supervisor can have replaced what stands still."""
ANSWERED_WITHIN_S = 20.0
"""Longer than the gateway waits for a body and for Kafka together."""
PUSHERS = 40
PUSHED_EVENTS = 1500
"""A body of more than half a megabyte; all of them together are more than the gateway agrees to hold."""
MEMORY_GROWTH_BYTES = 64 << 20
ENOUGH_EVENTS = 300


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with county_product(tmp_path_factory.mktemp("away"), GATEWAY__MAX_HELD_BYTES=str(16 << 20)) as stage:
        yield stage


@dataclass
class Pushers:
    """Senders of events that nobody knows: they would go to the dead letters, so they too need Kafka."""

    stage: Stage
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    """How often each status came with each ``Retry-After``."""

    async def push(self, http: aiohttp.ClientSession) -> None:
        """Push without a pause until cancelled. A request that is not answered in time is an error."""
        county = self.stage.county
        campus_id = county.campuses[0].campus_id
        headers = {
            "Authorization": f"Bearer {source_token(county.seed, campus_id).text}",
            "Content-Type": "application/cloudevents-batch+json",
        }
        unknown = {"specversion": "1.0", "type": "moon.base.v1", "source": "urn:push", "campusid": campus_id}
        body = json.dumps([unknown | {"id": f"{n}", "data": "x" * 300} for n in range(PUSHED_EVENTS)]).encode()
        while True:
            address = f"{self.stage.product.running.gateway}/v1/events"
            async with http.post(address, data=body, headers=headers) as answer:
                await answer.read()
                self.answers[answer.status, answer.headers.get("Retry-After", "")] += 1

    async def push_for(self, seconds: float) -> None:
        """Let all of them push for a while."""
        timeout, connector = aiohttp.ClientTimeout(total=ANSWERED_WITHIN_S), aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
            pushing = [asyncio.create_task(self.push(http)) for _ in range(PUSHERS)]
            ended, _ = await asyncio.wait(pushing, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            for task in pushing:
                task.cancel()
            await asyncio.gather(*pushing, return_exceptions=True)
        for task in ended:
            await task  # none ends but by an error


@asynccontextmanager
async def standing_still(stage: Stage, name: str) -> AsyncIterator[None]:
    """Stop a process for ``AWAY_S``, or for as long as the block takes if that is longer."""
    pid = stage.product.kill(name, signal.SIGSTOP)
    over = asyncio.create_task(asyncio.sleep(AWAY_S))
    try:
        yield
        await over
    finally:
        over.cancel()
        with suppress(ProcessLookupError):  # the supervisor has ended it, as it should with what hangs
            os.kill(pid, signal.SIGCONT)


def resident_bytes(pid: int) -> int:
    """Physical memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def watched(pid: int) -> AsyncIterator[list[int]]:
    """The memory of a process, noted again and again while the block runs; what it was before comes first."""
    seen = [resident_bytes(pid)]

    async def watch() -> None:
        while True:
            seen.append(resident_bytes(pid))
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def test_without_kafka_the_gateway_refuses_in_bounded_memory_and_nothing_acknowledged_is_lost(
    stage: Stage,
) -> None:
    pushers = Pushers(stage)
    async with stage.under_load():
        await stage.acknowledged(ENOUGH_EVENTS)
        gateway = stage.product.pids()["gateway"]
        async with watched(gateway) as seen:
            async with standing_still(stage, "kafka"):
                await pushers.push_for(PUSHED_S)
            await stage.acknowledged(ENOUGH_EVENTS)
        assert stage.product.pids()["gateway"] == gateway
    growth = max(seen) - seen[0]
    print(f"the gateway grew by {growth >> 20} MiB; {pushers.answers}")  # noqa: T201 — a measurement
    assert {status for status, _ in pushers.answers} == {503}
    assert all(int(retry_after) >= 1 for _, retry_after in pushers.answers)
    assert stage.poster.statuses.keys() == {202, 503}
    assert growth < MEMORY_GROWTH_BYTES
    assert stage.wrongs(await asyncio.to_thread(stage.outcome)) == {}


async def test_without_the_store_events_are_taken_and_the_archive_catches_up(stage: Stage) -> None:
    async with stage.under_load():
        await stage.acknowledged(ENOUGH_EVENTS)
        before = stage.poster.statuses.copy()
        until_s = time.monotonic() + AWAY_S
        async with standing_still(stage, "store"):
            while time.monotonic() < until_s:
                await stage.acknowledged(ENOUGH_EVENTS, within_s=AWAY_S / 2)
        assert (stage.poster.statuses - before).keys() == {202}
        await stage.acknowledged(ENOUGH_EVENTS)
    assert stage.wrongs(await asyncio.to_thread(stage.outcome)) == {}
