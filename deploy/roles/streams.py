"""The process role `streams`: folds the log into state.

Exit codes: 0 stopped as asked; 70 fenced (another worker took over a partition); 71 stalled; 72 Kafka or the stream
engine broke; 3 settings; 4 Kafka away at the start. The supervisor restarts it whatever the code; nothing is lost.
"""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, NoReturn

import structlog
import uvloop

from deploy.configuration.settings import Settings
from deploy.ending import leave
from deploy.garbage import look_for_cycles_seldom
from deploy.logs import configure_logging
from deploy.meter import PrometheusMeter
from deploy.ops_server import OpsServer
from deploy.parent import die_with_parent
from deploy.pulse import Pulse
from deploy.registry_feed import RegistryFeed
from deploy.running import bootstrap_of
from schemas.organisation import Organisation
from streams.engine.errors import BrokenError, StreamError
from streams.engine.stage import Wire
from streams.engine.worker import StreamWorker
from streams.systems import systems

log = structlog.get_logger(__name__)
LEAVE_S = 9.0
"""A stop that takes longer ends hard: with Kafka away its clients never return, and nothing unwritten is lost."""


def run_streams(settings: Settings) -> NoReturn:
    """Run a worker until SIGTERM or SIGINT, then end the process."""
    configure_logging(settings.log_level, "streams")
    die_with_parent()
    look_for_cycles_seldom()
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # Faust reads the log in a thread with a loop of its own
    uvloop.run(_run(settings))
    log.info("worker_stopped")
    leave(0)


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def leave() -> None:
        stop.set()
        loop.call_later(LEAVE_S, _end_now, BrokenError("leaving", TimeoutError("Kafka went first")))

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave)
    organisation, meter, pulse = Organisation(), PrometheusMeter(), Pulse()
    data_dir = settings.data_dir / "streams"  # Faust insists on a directory; without tables it stays empty
    data_dir.mkdir(parents=True, exist_ok=True)
    wire = Wire(bootstrap_of(settings), settings.prefix, settings.partitions)
    feed = RegistryFeed(wire.bootstrap, organisation, settings.prefix)
    worker = StreamWorker(
        wire,
        settings.streams,
        systems=systems(),
        organisation=organisation,
        clock=settings.clock.build(),
        meter=meter,
        data_dir=data_dir,
        chore_s=max(0.1, 1.0 / max(1.0, settings.clock.speed)),
    )
    ready = {
        "registry": feed.is_caught_up,
        "open": worker.is_open,
        "caught_up": worker.is_caught_up,
    }
    with OpsServer(settings.ops.host, settings.ops.port, meter=meter, live=pulse.is_alive, ready=ready):
        beside = [asyncio.create_task(pulse.run()), asyncio.create_task(feed.run())]
        try:
            if await _comes_first(feed.wait(), stop.wait()):
                await _work(worker, stop)
        finally:
            for task in beside:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


async def _work(worker: StreamWorker, stop: asyncio.Event) -> None:
    try:
        await worker.run(stop)
    except Exception as error:  # noqa: BLE001 — any failure must end the process here
        _end_now(error if isinstance(error, StreamError) else BrokenError("unexpected", error))


def _end_now(error: StreamError) -> NoReturn:
    """End the process without unwinding: what would still be written or acknowledged on the way out would be wrong."""
    log.error("worker_failed", code=error.code, message=error.message, cause=error.cause, exc_info=error)
    leave(error.exit_code)


async def _comes_first(wanted: Coroutine[Any, Any, object], other: Coroutine[Any, Any, object]) -> bool:
    """Whether ``wanted`` is done before ``other``."""
    tasks = [asyncio.ensure_future(wanted), asyncio.ensure_future(other)]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    done = tasks[0].done()
    for task in tasks:
        task.cancel()
    return done
