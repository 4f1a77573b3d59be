"""What is in the log is in the store once, however often the archive or the store is killed while it is written."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.migrations.runner import MigrationRunner
from deploy.supervisor.process import ChildProcess, ProcessSpec
from schemas.metrics import NullMeter
from streams.archive.archiver import Archiver
from streams.archive.block import Block, LogRecord
from streams.archive.log_consumer import FETCH_BYTES
from streams.archive.ranges import Resume
from streams.archive.settings import ArchiveSettings, StoreSettings
from streams.archive.writing import ArchiveWriter
from tests.fixtures.archive_load import NOW_MS, PARTITIONS, FrameMaker, check_archive, fill_log, is_archived, read_log
from tests.fixtures.processes import wait_until
from tests.fixtures.store import StoreProcess

pytestmark = [pytest.mark.engine, pytest.mark.slow]

CATCH_UP_S = 120.0
STOP_S = 60.0
FRAMES = 60


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[StoreProcess]:
    """A store of the test's own, with every table, that may be killed."""
    directory = tmp_path / "store"
    directory.mkdir()
    process = StoreProcess(directory)
    process.start()
    MigrationRunner(process.settings).apply(lambda _line: None)
    yield process
    process.child.stop(STOP_S)


def archive_process(directory: Path, bootstrap: str, prefix: str, store: StoreSettings) -> ChildProcess:
    environment = {
        "CAMPANILE_DATA_DIR": str(directory),
        "CAMPANILE_PREFIX": prefix,
        "CAMPANILE_KAFKA__BOOTSTRAP": bootstrap,
        "CAMPANILE_STORE__HOST": "127.0.0.1",
        "CAMPANILE_STORE__PORT": str(store.port),
        "CAMPANILE_STORE__DATABASE": store.database,
        "CAMPANILE_STORE__PASSWORD": store.password.get_secret_value(),
        "CAMPANILE_ARCHIVE__BLOCK_MS": "50",
    }
    return ChildProcess(ProcessSpec("archive", ("archive",), environment), directory / "archive.jsonl", 1.0)


@asynccontextmanager
async def load(bootstrap: str, prefix: str) -> AsyncIterator[None]:
    """Records keep coming within the block."""
    maker, stop = FrameMaker(11), asyncio.Event()

    async def fill() -> None:
        seed = 0
        while not stop.is_set():
            seed += 1
            await fill_log(bootstrap, prefix, [maker.value() for _ in range(FRAMES)], seed=seed)

    filling = asyncio.create_task(fill())
    try:
        yield
    finally:
        stop.set()
        await filling


async def check(bootstrap: str, prefix: str, store: StoreSettings, archive: ChildProcess) -> None:
    """Wait until everything is archived, and compare."""
    log = await read_log(bootstrap, prefix)
    deadline = time.monotonic() + CATCH_UP_S
    while not await asyncio.to_thread(is_archived, store, log):
        assert time.monotonic() < deadline, f"the archive does not catch up:\n{archive.last_words()}"
        assert archive.is_running(), archive.last_words()
        await asyncio.sleep(0.1)
    await asyncio.to_thread(check_archive, store, log)


async def test_a_killed_archive_goes_on_where_it_was(
    kafka_bootstrap: str, prefix: str, database: StoreSettings, tmp_path: Path, faults: int
) -> None:
    dice = random.Random(5)
    archive = archive_process(tmp_path, kafka_bootstrap, prefix, database)
    try:
        async with load(kafka_bootstrap, prefix):
            for _ in range(faults):
                archive.start()
                await asyncio.to_thread(archive.wait, 2.0 + 4.0 * dice.random())
                assert archive.is_running(), archive.last_words()
                archive.signal(signal.SIGKILL)
                archive.wait(STOP_S)
        archive.start()
        await check(kafka_bootstrap, prefix, database, archive)
        assert archive.stop(STOP_S)
        assert archive.exit_code == 0, archive.last_words()
    finally:
        archive.stop(STOP_S)


async def test_a_killed_store_gets_every_block_once(
    kafka_bootstrap: str, prefix: str, own_store: StoreProcess, tmp_path: Path, faults: int
) -> None:
    dice = random.Random(6)
    archive = archive_process(tmp_path, kafka_bootstrap, prefix, own_store.settings)
    archive.start()
    try:
        async with load(kafka_bootstrap, prefix):
            for _ in range(faults):
                await asyncio.to_thread(archive.wait, 2.0 + 3.0 * dice.random())
                own_store.child.signal(signal.SIGKILL)
                own_store.child.wait(STOP_S)
                await asyncio.to_thread(own_store.start)
                assert archive.is_running(), archive.last_words()
        await check(kafka_bootstrap, prefix, own_store.settings, archive)
    finally:
        archive.stop(STOP_S)


def test_a_block_is_stored_once_though_the_engine_forgot_its_token_when_it_was_started_again(
    own_store: StoreProcess,
) -> None:
    maker = FrameMaker(14)
    block = Block("events", 0, 0, 9, tuple(LogRecord(offset, NOW_MS, maker.frame()) for offset in range(10)))
    first = ArchiveWriter(own_store.settings, "first", NullMeter())
    first.claim(0)
    first._ledger.write_open([block], {0: first._owned[0].epoch})
    first._insert(block)
    first.close()
    own_store.child.signal(signal.SIGKILL)
    own_store.child.wait(STOP_S)
    own_store.start()
    heir = ArchiveWriter(own_store.settings, "heir", NullMeter())
    assert heir.claim(0) == Resume(0, 9)
    heir.write([block])
    heir.close()
    check_archive(own_store.settings, {0: list(block.records)})


async def test_an_archive_that_was_stopped_for_longer_than_its_session_is_fenced(
    kafka_bootstrap: str, prefix: str, database: StoreSettings, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "secrets").mkdir()
    (tmp_path / "two" / "secrets").symlink_to(tmp_path / "one" / "secrets")  # one deployment has one set of keys
    paused = archive_process(tmp_path / "one", kafka_bootstrap, prefix, database)
    other = archive_process(tmp_path / "two", kafka_bootstrap, prefix, database)
    paused.start()
    try:
        async with load(kafka_bootstrap, prefix):
            await asyncio.to_thread(paused.wait, 4.0)
            paused.signal(signal.SIGSTOP)
            other.start()
            await _claims(other)
            paused.signal(signal.SIGCONT)
            await asyncio.to_thread(paused.wait, 4.0)
        await check(kafka_bootstrap, prefix, database, other)
    finally:
        paused.stop(STOP_S)
        other.stop(STOP_S)


async def _claims(archive: ChildProcess) -> None:
    await _says(archive, "archive_claimed", times=PARTITIONS)


async def _says(archive: ChildProcess, event: str, *, times: int) -> None:
    """Wait until a line of the archive's log has come that often."""
    deadline = time.monotonic() + CATCH_UP_S
    while archive.last_words(lines=10_000).count(event) < times:
        assert time.monotonic() < deadline, archive.last_words()
        await asyncio.sleep(0.2)


async def test_a_store_that_is_away_is_waited_for_without_falling_out_of_the_group(
    kafka_bootstrap: str, prefix: str, own_store: StoreProcess, tmp_path: Path
) -> None:
    archive = archive_process(tmp_path, kafka_bootstrap, prefix, own_store.settings)
    archive.start()
    try:
        await _claims(archive)
        assert own_store.child.stop(STOP_S)
        assert own_store.child.exit_code == 0, own_store.child.last_words()
        async with load(kafka_bootstrap, prefix):
            await _says(archive, "archive_store_away", times=4)
        await asyncio.to_thread(own_store.start)
        await check(kafka_bootstrap, prefix, own_store.settings, archive)
        assert archive.last_words(lines=10_000).count("archive_assigned") == 1
    finally:
        archive.stop(STOP_S)


async def test_an_archive_stops_in_time_even_if_the_store_hangs(
    kafka_bootstrap: str, prefix: str, own_store: StoreProcess, tmp_path: Path
) -> None:
    archive = archive_process(tmp_path, kafka_bootstrap, prefix, own_store.settings)
    archive.start()
    try:
        await _says(archive, "archive_claimed", times=PARTITIONS)
        own_store.child.signal(signal.SIGSTOP)
        await fill_log(kafka_bootstrap, prefix, [FrameMaker(12).value() for _ in range(FRAMES)])
        await asyncio.to_thread(archive.wait, 1.0)
        assert await asyncio.to_thread(archive.stop, 10.0)
        assert archive.exit_code == 0, archive.last_words()
    finally:
        own_store.child.signal(signal.SIGCONT)
        archive.stop(STOP_S)


async def test_what_waits_for_a_store_that_is_away_is_bounded(
    kafka_bootstrap: str, prefix: str, own_store: StoreProcess
) -> None:
    frame = FrameMaker(13).frame(2000)
    settings = ArchiveSettings(block_ms=50, block_bytes=1 << 20, waiting_bytes=4 * len(frame))
    writer = ArchiveWriter(own_store.settings, "test", NullMeter())
    archiver = Archiver(kafka_bootstrap, prefix, settings, writer, NullMeter())
    running = asyncio.create_task(archiver.run())
    try:
        claimed = archiver.has_claimed_all
        await asyncio.to_thread(wait_until, claimed, timeout_s=CATCH_UP_S, what="all partitions are claimed")
        assert await asyncio.to_thread(own_store.child.stop, STOP_S)
        await fill_log(kafka_bootstrap, prefix, [frame] * 150)
        collector, held = archiver._collector, []
        await asyncio.to_thread(wait_until, lambda: collector.is_full, timeout_s=CATCH_UP_S, what="enough waits")
        for _ in range(20):
            await archiver._pause(0.05)
            held.append(collector.size)
        assert max(held) < settings.waiting_bytes + FETCH_BYTES + len(frame)
        assert held[-1] == held[0]
        await asyncio.to_thread(own_store.start)
        log = await read_log(kafka_bootstrap, prefix)
        deadline = time.monotonic() + CATCH_UP_S
        while not await asyncio.to_thread(is_archived, own_store.settings, log):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
    finally:
        archiver.stop()
        await running
        writer.close()
