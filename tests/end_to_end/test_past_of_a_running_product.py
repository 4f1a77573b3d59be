"""A running product is asked about its own past: the API's answer is the live document of that moment."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from deploy.bench.county import bench_county
from deploy.bench.load import EventMaker
from deploy.product import Product
from deploy.registry_writer import write_facts
from tests.fixtures.kafka import JARS_DIR

pytestmark = [pytest.mark.engine, pytest.mark.slow]

WITHIN_S = 120.0
ROUNDS = 3


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    environment = {
        "CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR),
        "CAMPANILE_PARTITIONS": "2",
        "CAMPANILE_ARCHIVE__BLOCK_MS": "200",
        "CAMPANILE_ARCHIVE__SNAPSHOT_EVERY_S": "1",
        "CAMPANILE_ARCHIVE__SNAPSHOT_WINDOW_S": "2",
    }
    with Product(tmp_path / "data", environment) as made:
        yield made


def test_the_past_is_what_was_shown(product: Product) -> None:
    county = bench_county(3)
    write_facts(product.running.bootstrap, "", county.facts())
    asyncio.run(_ask(product, county.source.text, county.viewer.text, tuple(map(str, county.campuses))))


async def _ask(product: Product, source: str, viewer: str, campuses: tuple[str, ...]) -> None:
    """Send, look at what is shown, and later ask what was shown."""
    maker, seen = EventMaker(campuses[:1], seed=5), []
    async with aiohttp.ClientSession() as http:
        for _ in range(ROUNDS):
            await _post(http, product.running.gateway, source, maker.events(40))
            seen.append(await _settled(http, product.running.api, viewer, campuses[0]))
        await _post(http, product.running.gateway, source, maker.events(40))
        for at_ms, statuses in seen:
            answer = await _past(http, product.running.api, viewer, campuses[0], at_ms)
            assert answer["statuses"] == statuses
    assert len({str(statuses) for _, statuses in seen}) > 1


async def _post(http: aiohttp.ClientSession, gateway: str, token: str, events: list[bytes]) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents-batch+json"}
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        async with http.post(f"{gateway}/v1/events", data=b"[" + b",".join(events) + b"]", headers=headers) as response:
            if response.status == 202:
                return
        await asyncio.sleep(0.2)  # the gateway has not read the token yet
    raise AssertionError("the gateway does not take the events")


async def _settled(http: aiohttp.ClientSession, api: str, token: str, campus_id: str) -> tuple[int, dict[str, Any]]:
    """What is shown once it has been the same for seven seconds, by when mere freshness is written too."""
    deadline, same_since, shown = time.monotonic() + WITHIN_S, time.monotonic(), None
    while time.monotonic() < deadline:
        now = await _get(http, f"{api}/v1/campuses/{campus_id}", token)
        if now is None or now["statuses"] != shown:
            shown, same_since = now and now["statuses"], time.monotonic()
        elif shown and time.monotonic() - same_since > 7:
            return now["at_ms"], now["statuses"]
        await asyncio.sleep(0.2)
    raise AssertionError("what is shown does not settle")


async def _past(http: aiohttp.ClientSession, api: str, token: str, campus_id: str, at_ms: int) -> dict[str, Any]:
    """The answer once the archive has gone past the instant."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        answer = await _get(http, f"{api}/v1/past/campuses/{campus_id}?at={at_ms}", token)
        if answer and answer["log"]["is_complete"]:
            return answer
        await asyncio.sleep(0.2)
    raise AssertionError("the archive does not reach the instant")


async def _get(http: aiohttp.ClientSession, url: str, token: str) -> dict[str, Any] | None:
    async with http.get(url, headers={"Authorization": f"Bearer {token}"}) as response:
        found: dict[str, Any] | None = await response.json() if response.status == 200 else None
        return found
