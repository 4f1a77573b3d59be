"""Ticks and the watchdog on a real Kafka."""

import pytest

from schemas.clock import ManualClock
from schemas.frame import decode_tick
from schemas.metrics import NullMeter
from schemas.topics import EVENTS
from streams.engine.backlog import Backlog
from streams.engine.errors import StalledError
from streams.engine.keeper import Opening
from streams.engine.stage import Wire
from streams.engine.ticker import Ticker
from streams.engine.watchdog import Watchdog
from tests.streams.core.tally_system import BASE_MS, SILENT_MS, frame, reading
from tests.streams.engine.log_bench import PARTITIONS, append, committed, process

pytestmark = pytest.mark.engine


@pytest.fixture
def wire(kafka_bootstrap: str, prefix: str) -> Wire:
    return Wire(kafka_bootstrap, prefix, PARTITIONS)


async def test_a_tick_is_sent_once_when_a_document_is_due_and_nothing_waits(wire: Wire) -> None:
    clock = ManualClock(BASE_MS)
    await append(wire, EVENTS, 0, [frame(reading(0))])
    async with process(wire) as worker:
        backlog = Backlog(wire, [worker.keeper], NullMeter())
        ticker = Ticker(worker.keeper, worker.announcer, backlog, clock)
        await worker.keeper.open(0)
        await worker.keeper.open(1)
        await backlog.ask()
        await backlog.ask()
        await ticker.tick()
        clock.instant_ms = BASE_MS + SILENT_MS
        await append(wire, EVENTS, 0, [frame(reading(0))])
        await backlog.ask()
        await backlog.ask()
        assert not backlog.is_clear()
        await ticker.tick()
        assert len(await committed(wire, EVENTS, 0)) == 2, "a tick was sent too early, or while a record waited"
        await worker.keeper.receive(0, 1, frame(reading(0)))
        assert backlog.is_clear()
        await ticker.tick()
        await ticker.tick()
        records = await committed(wire, EVENTS, 0)
        assert [decode_tick(record.value) for record in records[2:]] == [clock.instant_ms]
        await worker.keeper.receive(0, 2, records[2].value)
        assert worker.keeper.partitions[0].ledger.earliest_due_ms() > clock.instant_ms
        assert await committed(wire, EVENTS, 1) == []
        await backlog.close()


async def test_a_partition_that_stands_still_while_records_wait_is_noticed(wire: Wire) -> None:
    async with process(wire) as worker:
        await worker.keeper.open(0)
        await worker.keeper.open(1)
        await append(wire, EVENTS, 0, [frame(reading(1)), frame(reading(2))])
        backlog = Backlog(wire, [worker.keeper], NullMeter())
        watchdog = Watchdog([worker.keeper], backlog, stall_s=30)
        await backlog.ask()
        assert backlog.lags() == {("campus", 0): 2, ("campus", 1): 0}
        watchdog.check(100.0)
        watchdog.check(129.9)
        await worker.keeper.receive(0, 0, frame(reading(1)))
        watchdog.check(130.0)
        watchdog.check(159.9)
        with pytest.raises(StalledError) as stalled:
            watchdog.check(160.0)
        assert stalled.value.exit_code == 71
        await backlog.close()


async def test_an_opening_that_makes_no_progress_is_noticed(wire: Wire) -> None:
    async with process(wire) as worker:
        watchdog = Watchdog([worker.keeper], Backlog(wire, [worker.keeper], NullMeter()), stall_s=30)
        worker.keeper.opening = Opening(2, 100.0)
        watchdog.check(129.9)
        worker.keeper.opening.moved_s = 110.0
        watchdog.check(130.0)
        with pytest.raises(StalledError, match="campus/2"):
            watchdog.check(140.0)
