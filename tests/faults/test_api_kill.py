"""kill -9 of the API under load: its readers come back with their cursors and hear everything exactly once."""

import asyncio
import random
from pathlib import Path

import aiohttp
import pytest

from tests.api.support.log import ApiProcess, Log, writing
from tests.api.support.serving import Client, RefusedError
from tests.api.support.tally import Tally
from tests.api.support.waiting import eventually
from tests.api.support.world import BUS, CANTEEN, N1, N2, N3, AlertMaker, bearer, campus_record, facts

pytestmark = [pytest.mark.engine, pytest.mark.slow]
PLACES = tuple((campus_id, system) for campus_id in (N1, N2, N3) for system in (CANTEEN, BUS))


class Load:
    """Writes documents and alerts without a pause until told to stop."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.newest: dict[tuple[str, str], int] = {}
        self.alerts: list[str] = []
        self.is_over = False

    async def run(self) -> None:
        maker, n = AlertMaker(N2), 0
        while not self.is_over:
            n += 1
            place = PLACES[n % len(PLACES)]
            await self.log.state(campus_record(*place, n))
            self.newest[place] = n
            if n % 5 == 0:
                await self.log.alert(maker.record(n))
                self.alerts.append(f"sensor-{n}")
            await asyncio.sleep(0.002)

    def was_heard(self, tally: Tally) -> bool:
        """Whether a reader has heard all that was written; the tally itself refuses repeats."""
        return tally.newest == self.newest and sorted(tally.alerts) == sorted(self.alerts)


async def _listen(client: Client, tally: Tally) -> None:
    """Come back with the last id whenever the connection ends."""
    while True:
        try:
            async with client.stream(bearer("supervisor"), last_id=tally.last_id or None) as reader:
                async for event in reader.events():
                    tally.take(event)
        except (aiohttp.ClientError, RefusedError):
            await asyncio.sleep(0.05)


async def test_killed_api_loses_and_repeats_nothing_for_readers_that_resume(
    kafka_bootstrap: str, prefix: str, tmp_path: Path, faults: int
) -> None:
    chance = random.Random(7)
    async with writing(kafka_bootstrap, prefix) as log, aiohttp.ClientSession() as http:
        for fact in facts():
            await log.fact(fact)
        api = ApiProcess(kafka_bootstrap, prefix, tmp_path, {})
        api.start()
        try:
            await api.ready(http)
            load, tallies = Load(log), [Tally() for _ in range(3)]
            client = Client(http, api.base)
            work = asyncio.create_task(load.run())
            readers = [asyncio.create_task(_listen(client, tally)) for tally in tallies]
            for _ in range(faults):
                await asyncio.sleep(chance.uniform(0.3, 1.2))
                api.kill()
                api.start()
                await api.ready(http)
            await asyncio.sleep(0.3)
            load.is_over = True
            await work
            try:
                await eventually(lambda: all(load.was_heard(tally) for tally in tallies), within_s=60)
            finally:
                await _cancel(readers)
            assert api.terminate() == 0, api.words()
        finally:
            api.kill()
    assert [tally.resyncs for tally in tallies] == [0, 0, 0]


async def _cancel(readers: list[asyncio.Task[None]]) -> None:
    """End the readers; one that failed tells why."""
    for reader in readers:
        reader.cancel()
    ends = await asyncio.gather(*readers, return_exceptions=True)
    assert [end for end in ends if not isinstance(end, asyncio.CancelledError)] == []
