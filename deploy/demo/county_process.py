"""The simulated county as a process of its own: simulates day after day and sends to the gateway until it is ended."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import structlog

from deploy.demo.delivery import Delivery
from deploy.demo.facts import source_token
from deploy.demo.plan import County
from deploy.demo.planning import DEFAULT_CAMPUSES, DEFAULT_CONSORTIA, plan_county
from deploy.demo.recorded import read_journeys, share_out
from deploy.demo.school_day import SchoolDay
from deploy.demo.scripting import write_script
from deploy.demo.sender import Sender
from deploy.demo.simulation import Recorded, simulate
from deploy.demo.source import Emission
from schemas.clock import Clock, local_midnight_ms

log = structlog.get_logger(__name__)
REPORT_S = 10.0


@dataclass(frozen=True)
class CountyOptions:
    """Which county to simulate."""

    campuses: int = DEFAULT_CAMPUSES
    consortia: int = DEFAULT_CONSORTIA
    seed: int = 1
    track: Path | None = None
    """A recorded GPS track file that drives the buses."""
    key_file: Path | None = None
    """A file with the key of the county's tokens."""

    def plan(self) -> County:
        """The county.

        Raises:
            ConfigurationError: there is none of that size.
        """
        key = self.key_file.read_text(encoding="utf-8").strip() if self.key_file else ""
        return replace(plan_county(self.campuses, self.consortia, self.seed), key=key)

    def recorded(self, county: County) -> Recorded | None:
        """The recorded journeys of each bus, where a track file is given.

        Raises:
            ConfigurationError: the file is not one, or there is no bus.
        """
        if self.track is None:
            return None
        bus_ids = [bus_id for campus in county.campuses for bus_id in campus.bus_ids]
        return share_out(read_journeys(self.track), bus_ids)

    def arguments(self) -> tuple[str, ...]:
        """The same as options of the command line."""
        numbers = (("--campuses", self.campuses), ("--consortia", self.consortia), ("--seed", self.seed))
        words = [word for name, value in numbers for word in (name, str(value))]
        files = (("--track", self.track), ("--key-file", self.key_file))
        return (*words, *(word for name, path in files if path for word in (name, str(path.resolve()))))


def county_days(county: County, day: SchoolDay, recorded: Recorded | None) -> Iterator[Emission]:
    """Everything that the county sends from this day's opening on, school day after school day, without end."""
    while True:
        script = write_script(county, day)
        yield from simulate(county, day, script, day.opens_ms, day.closes_ms, recorded=recorded)
        day = day.following()


def current_school_day(clock: Clock) -> SchoolDay:
    """The day that the clock shows, or the next school day if it is none."""
    day = SchoolDay(local_midnight_ms(clock.now_ms()))
    return day if day.is_weekday() else day.following()


def run_county(options: CountyOptions, gateway: str, clock: Clock) -> int:
    """Send until SIGTERM or Ctrl-C.

    Returns:
        0 after SIGTERM, 130 after Ctrl-C.

    Raises:
        ConfigurationError: the options describe no county.
        RefusedError: the gateway refuses the county for good.
    """
    county = options.plan()
    emissions = county_days(county, current_school_day(clock), options.recorded(county))
    log.info("county_laid_out", campuses=len(county.campuses), consortia=len(county.consortia), buses=county.buses)
    return asyncio.run(_send_until_ended(county, emissions, gateway, clock))


async def _send_until_ended(county: County, emissions: Iterator[Emission], gateway: str, clock: Clock) -> int:
    tokens = {campus.campus_id: source_token(county.token_seed, campus.campus_id).text for campus in county.campuses}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)) as session:
        delivery = Delivery(session, gateway)
        sender = Sender(delivery, tokens.__getitem__, clock)
        work = asyncio.create_task(sender.run(emissions))
        report = asyncio.create_task(_report(sender, delivery, clock))
        exit_code = 0

        def end(code: int) -> None:
            nonlocal exit_code
            exit_code = code
            work.cancel()

        _on_signals(end)
        try:
            await work
        except asyncio.CancelledError:
            log.info("county_ended", **vars(sender.progress))
        finally:
            report.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await report
    return exit_code


def _on_signals(end: Callable[[int], None]) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, end, 0)
    loop.add_signal_handler(signal.SIGINT, end, 130)


async def _report(sender: Sender, delivery: Delivery, clock: Clock) -> None:
    """Say every ten seconds how fast it goes and how far behind it is."""
    before, at_s = 0, time.monotonic()
    while True:
        await asyncio.sleep(REPORT_S)
        sent, now_s = sender.progress.sent, time.monotonic()
        log.info(
            "county_rate",
            events_per_s=round((sent - before) / (now_s - at_s), 1),
            behind_ms=max(0, clock.now_ms() - sender.progress.reached_ms) if sender.waiting else 0,
            waiting=sender.waiting,
            repeats=delivery.repeats,
            **vars(sender.progress),
        )
        before, at_s = sent, now_s
