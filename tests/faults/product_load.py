"""A small county that keeps sending to a running product, whatever happens to it, and the comparison afterwards."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import aiohttp

from deploy.demo.facts import bureau_token, registry_facts, source_token
from deploy.demo.plan import County
from deploy.demo.planning import plan_county
from deploy.demo.school_day import SchoolDay, latest_school_day
from deploy.demo.scripting import write_script
from deploy.demo.simulation import simulate
from deploy.demo.source import Emission
from deploy.product import Product
from deploy.registry_writer import write_facts
from deploy.status import status_of
from schemas.clock import DAY_MS
from schemas.organisation import Organisation
from tests.end_to_end.outcome import Outcome, read_outcome
from tests.end_to_end.posting import Poster
from tests.end_to_end.truth import names
from tests.fixtures.kafka import JARS_DIR
from tests.fixtures.processes import wait_until

CAMPUSES, CONSORTIA = 12, 3
DAYS = 14
CHUNK = 100
PAUSE_S = 0.1
RECOVERED_WITHIN_S = 240.0


@dataclass
class Stage:
    """A running product that knows the county, and the load on it."""

    product: Product
    county: County
    organisation: Organisation
    at_ms: int
    """The product's time when it began: the evening after everything that is sent."""

    def __post_init__(self) -> None:
        seed = self.county.seed
        self.poster = Poster(self.product.running.gateway, lambda campus_id: source_token(seed, campus_id).text)
        self.viewer = {"Authorization": f"Bearer {bureau_token(seed, self.county.counties[0].code).text}"}
        self.is_over = True
        self._emissions = _days(self.county, self.at_ms)

    async def send(self) -> None:
        """Send in order of departure until ``is_over``; everything sent is acknowledged when this returns."""
        await self.knows_the_county()
        while not self.is_over:
            await self.poster.post(islice(self._emissions, CHUNK))
            await asyncio.sleep(PAUSE_S)

    @asynccontextmanager
    async def under_load(self) -> AsyncIterator[None]:
        """Send while the block runs; afterwards everything sent is acknowledged."""
        self.is_over = False
        async with asyncio.TaskGroup() as group:
            group.create_task(self.send())
            try:
                yield
            finally:
                self.is_over = True

    async def acknowledged(self, more: int, within_s: float = RECOVERED_WITHIN_S) -> None:
        """Return once so many more events are acknowledged."""
        wanted = len(self.poster.acknowledged) + more
        async with asyncio.timeout(within_s):
            while len(self.poster.acknowledged) < wanted:  # noqa: ASYNC110 — the sender signals nothing
                await asyncio.sleep(0.02)

    async def comes_back(self, name: str, pid: int) -> None:
        """Return once the supervisor has started a process again."""
        async with asyncio.timeout(RECOVERED_WITHIN_S):
            while self.product.pids().get(name, pid) == pid:  # noqa: ASYNC110 — a process signals nothing
                await asyncio.sleep(0.05)

    async def knows_the_county(self) -> None:
        """Return once gateway and API let the county in: its tokens are the last facts."""
        running, last = self.product.running, self.county.campuses[-1].campus_id
        sender = {"Authorization": f"Bearer {source_token(self.county.seed, last).text}"}
        async with aiohttp.ClientSession() as http, asyncio.timeout(RECOVERED_WITHIN_S):
            while (  # noqa: ASYNC110 — another process signals nothing
                await _status(http, f"{running.api}/v1/consortia", self.viewer) != 200
                or await _status(http, f"{running.gateway}/v1/events", sender) == 401
            ):
                await asyncio.sleep(0.05)

    def wait_until_ready(self) -> None:
        """Return once every process does its work."""
        wait_until(self._is_ready, timeout_s=RECOVERED_WITHIN_S, what="every process is ready")

    def _is_ready(self) -> bool:
        return all(process.state == "ready" for process in status_of(self.product.running))

    def outcome(self) -> Outcome:
        """Everything that came of it, once all processes are back and nothing is under way any more."""
        self.wait_until_ready()
        return read_outcome(self.product.running, self.organisation, self.at_ms)

    def wrongs(self, outcome: Outcome) -> dict[str, object]:
        """What is not so: every acknowledged event logged, stored and counted once, all else following from the log.

        Nothing but acknowledged events was sent, so nothing else may be there.
        """
        logged, sent = outcome.names(), names(self.poster.acknowledged)
        found = {
            "rejected": self.poster.rejected,
            "lost": sorted(sent - logged)[:5],
            "never sent": sorted(logged - sent)[:5],
            "stored too often or not at all": outcome.stored_events - len(logged),
            "partitions with gaps in the store": outcome.gaps(),
            "miscounted": outcome.miscounted()[:5],
            "documents unlike the log": outcome.stray_documents()[:5],
            "rollups unlike the log": outcome.stray_rollups()[:5],
            "alerts unlike the log": outcome.stray_alerts()[:5],
            "shows nothing about alerts": not outcome.transitions,
        }
        return {what: proof for what, proof in found.items() if proof}


@contextmanager
def county_product(directory: Path, **settings: str) -> Iterator[Stage]:
    """A product of its own that knows a small county; ``settings`` are variables without their prefix."""
    county = plan_county(CAMPUSES, CONSORTIA)
    evening_ms = latest_school_day(time.time_ns() // 1_000_000).at(23)
    environment = {
        "CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR),
        "CAMPANILE_PARTITIONS": "4",
        "CAMPANILE_CLOCK__ORIGIN_MS": str(evening_ms),
        "CAMPANILE_CLOCK__WALL_ORIGIN_MS": str(time.time_ns() // 1_000_000),
        "CAMPANILE_SUPERVISOR__BACKOFF_MAX_S": "1",
    } | {f"CAMPANILE_{name}": value for name, value in settings.items()}
    with Product(directory / "data", environment) as product:
        facts = list(registry_facts(county))
        write_facts(product.running.bootstrap, "", facts)
        organisation = Organisation()
        for fact in facts:
            organisation.put(fact)
        stage = Stage(product, county, organisation, evening_ms)
        yield stage


async def _status(http: aiohttp.ClientSession, address: str, headers: Mapping[str, str]) -> int:
    """How a bare request is answered; the gateway says 401 to strangers before it looks at anything else."""
    method = "POST" if address.endswith("/events") else "GET"
    async with http.request(method, address, headers=headers) as answer:
        return answer.status


def _days(county: County, until_ms: int) -> Iterator[Emission]:
    """School days, one after the other; the last one is over when the product begins."""
    day = SchoolDay(latest_school_day(until_ms).midnight_ms - DAYS * DAY_MS)
    while day.closes_ms <= until_ms:
        if day.is_weekday():
            yield from simulate(county, day, write_script(county, day), day.opens_ms, day.closes_ms)
        day = SchoolDay(day.midnight_ms + DAY_MS)
