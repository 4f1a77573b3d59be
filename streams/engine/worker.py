"""A stream worker: both stages, their delivery and the chores beside them, until told to stop or until it fails."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from schemas.clock import Clock
from schemas.ids import SystemName
from schemas.metrics import Meter
from schemas.organisation import Organisation
from schemas.topics import EVENTS, INPUT, ROLLUP, STATE
from streams.core.campus_ledger import CampusLedger
from streams.core.consortium_ledger import ConsortiumLedger
from streams.core.memberships import Memberships
from streams.core.system import System
from streams.engine.announcer import Announcer
from streams.engine.backlog import Backlog
from streams.engine.delivery import Delivery
from streams.engine.errors import BrokenError, StalledError, StreamError
from streams.engine.failure import Failure
from streams.engine.keeper import Keeper
from streams.engine.stage import Stage, Wire
from streams.engine.strain import Strain
from streams.engine.ticker import Ticker
from streams.engine.watchdog import Watchdog
from streams.settings import StreamsSettings

LEAVE_S = 8.0
"""Within the ten seconds that a supervisor grants."""
log = structlog.get_logger(__name__)


class StreamWorker:
    """Everything of one worker process. ``await run(stop)`` once."""

    def __init__(  # noqa: PLR0913 — the composition root hands in what differs between deployments
        self,
        wire: Wire,
        settings: StreamsSettings,
        *,
        systems: Mapping[SystemName, System[Any]],
        organisation: Organisation,
        clock: Clock,
        meter: Meter,
        data_dir: Path,
        chore_s: float = 1.0,
    ) -> None:
        self._failure, self._strain = Failure(), Strain()
        self._chore_s = chore_s
        self._memberships = Memberships(organisation, clock)
        self._announcer = Announcer(wire)
        self._delivery = Delivery(wire, settings, data_dir, self._failure)
        stages = (
            Stage("campus", EVENTS, STATE, lambda number: CampusLedger(number, systems, self._memberships.of)),
            Stage("consortium", INPUT, ROLLUP, ConsortiumLedger),
        )
        self.keepers = [self._keeper(wire, stage, settings, meter) for stage in stages]
        self._backlog = Backlog(wire, self.keepers, meter)
        self._ticker = Ticker(self.keepers[0], self._announcer, self._backlog, clock)
        self._watchdog = Watchdog(self.keepers, self._backlog, settings.stall_s)

    def is_open(self) -> bool:
        """Whether the group has shared out partitions and those of this worker (it may be none) are restored."""
        return self._delivery.is_open()

    def is_caught_up(self) -> bool:
        """Whether every record that was in the log a moment ago is folded."""
        return self.is_open() and self._backlog.is_clear()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then write everything and leave.

        Raises:
            StreamError: the process must end now, without another write or acknowledgement.
        """
        await self._announcer.start()
        chores = asyncio.create_task(self._do_chores(), name="chores")
        engine = asyncio.create_task(self._run_engine(), name="engine")
        waiting = [asyncio.create_task(stop.wait()), asyncio.create_task(self._failure.wait())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if self._failure.error is not None:
                _log_tasks(self._failure.error)
                raise _as_stream_error(self._failure.error)
        finally:
            for task in (*waiting, chores):
                task.cancel()
        await self._leave(engine)

    async def _leave(self, engine: "asyncio.Task[None]") -> None:
        """Write everything while the partitions are ours, then leave the group so that others need not wait.

        Raises:
            StreamError: it could not be done in time; what is not written will be folded again.
        """
        try:
            async with asyncio.timeout(LEAVE_S):
                await self._write_and_leave(engine)
        except TimeoutError as error:
            raise BrokenError("leaving", error) from error

    async def _write_and_leave(self, engine: "asyncio.Task[None]") -> None:
        for keeper in self.keepers:
            await keeper.flush()
        for keeper in self.keepers:
            await keeper.close()
        await self._delivery.app.stop()
        await asyncio.wait([engine])
        await self._backlog.close()
        await self._announcer.close()

    async def _run_engine(self) -> None:
        app = self._delivery.app
        try:
            await app.start()
            await app.wait_until_stopped()
            if app.crashed:
                self._failure.report(BrokenError("the stream engine", app.crash_reason or RuntimeError("crashed")))
        except Exception as error:  # noqa: BLE001 — reported: it ends the process
            self._failure.report(error)

    async def _do_chores(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                await asyncio.sleep(self._chore_s)
                self._strain.note(time.process_time(), loop.time())
                if self._memberships.refresh():
                    for kept in self.keepers[0].partitions.values():
                        kept.reconsider()
                await self._backlog.ask()
                await self._ticker.tick()
                self._watchdog.check(loop.time())
        except Exception as error:  # noqa: BLE001 — reported: it ends the process
            self._failure.report(error)

    def _keeper(self, wire: Wire, stage: Stage, settings: StreamsSettings, meter: Meter) -> Keeper:
        topic = wire.topic(stage.source)
        keeper = Keeper(
            wire,
            stage,
            settings,
            announcer=self._announcer,
            meter=meter,
            failure=self._failure,
            strain=self._strain,
            is_mine=lambda partition: self._delivery.is_mine(topic, partition),
        )
        self._delivery.serve(keeper)
        return keeper


def _as_stream_error(error: BaseException) -> StreamError:
    return error if isinstance(error, StreamError) else BrokenError("unexpected", error)


def _log_tasks(error: BaseException) -> None:
    """What every task was doing, for whoever has to find out why a partition stood still."""
    if isinstance(error, StalledError):
        for task in asyncio.all_tasks():
            stack = [f"{frame.f_code.co_qualname}:{frame.f_lineno}" for frame in task.get_stack(limit=8)]
            log.warning("task", name=task.get_name(), stack=stack)
