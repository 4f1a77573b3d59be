"""Retention by the day, on a real store: due once a day, made up for after a pause, done by one process."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clickhouse_driver import Client

from deploy.retention.daily import DailyRetention, due_since_ms
from deploy.retention.held_erasures import HeldErasures
from deploy.retention.holds import place_hold
from deploy.retention.pupil_holds import StoredHolds
from deploy.retention.runs import newest_runs
from ingest.privacy.key_store import Subject
from ingest.privacy.keyring import Keyring, open_keyring
from schemas.clock import DAY_MS, HOUR_MS, ManualClock, local_midnight_ms
from schemas.frame import join_frame, stamp
from schemas.ids import CampusId
from schemas.metrics import RETENTION_APPLIED, RETENTION_EVENTS, RETENTION_FAILED, RETENTION_KEYS, Metric
from schemas.privacy import KeyWeek, key_week_of, service_day_of
from schemas.retention import HELD_DAYS
from streams.archive.settings import StoreSettings
from streams.archive.store_client import connect, rows
from tests.api.access.remembered_journal import RememberedJournal

HERE, THERE = CampusId("c-1"), CampusId("c-2")
BOARDED = "school_bus.pupil.boarded.v1"
NOW_MS = 1_795_449_600_000
MIDNIGHT_MS = local_midnight_ms(NOW_MS)
DEADLINE_S = 20.0


class Counts:
    """A meter that adds up what it is told."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.shown: dict[str, float] = {}

    def count(self, metric: Metric, amount: float = 1, *_labels: str) -> None:
        self.counted[metric.name] += int(amount)

    def gauge(self, metric: Metric, value: float, *_labels: str) -> None:
        self.shown[metric.name] = value

    def observe(self, metric: Metric, value: float, *_labels: str) -> None:
        raise AssertionError((metric, value))


@pytest.mark.parametrize(
    ("now_h", "hour", "due_h"), [(2.9, 3, -21), (3, 3, 3), (23.9, 3, 3), (0, 0, 0), (22, 23, -1), (23, 23, 23)]
)
def test_retention_is_due_from_its_hour_on(now_h: float, hour: int, due_h: int) -> None:
    assert due_since_ms(MIDNIGHT_MS + int(now_h * HOUR_MS), hour) == MIDNIGHT_MS + due_h * HOUR_MS


@pytest.fixture
def client(database: StoreSettings) -> Iterator[Client]:
    made = connect(database)
    yield made
    made.disconnect()


@pytest.fixture
def clock(client: Client) -> ManualClock:
    """Begins with the store's, which decides what is past its time."""
    return ManualClock(int(rows(client, "SELECT toUnixTimestamp64Milli(now64(3))")[0][0]))


@pytest.fixture
def meter() -> Counts:
    return Counts()


Daily = Callable[..., DailyRetention]


@pytest.fixture
def journal() -> RememberedJournal:
    return RememberedJournal()


@pytest.fixture
def daily(
    database: StoreSettings, tmp_path: Path, clock: ManualClock, meter: Counts, journal: RememberedJournal
) -> Daily:
    def made(store: StoreSettings = database, *, is_mine: Callable[[], bool] = lambda: True) -> DailyRetention:
        return DailyRetention(
            store,
            lambda: keyring(tmp_path),
            hour=3,
            clock=clock,
            meter=meter,
            is_mine=is_mine,
            erasures=HeldErasures(lambda: keyring(tmp_path), StoredHolds(lambda: store), journal, clock),
        )

    return made


def keyring(directory: Path) -> Keyring:
    return open_keyring(directory / "keys.sqlite", directory / "master")


def put(client: Client, recorded_ms: int, offset: int, campus_id: CampusId = HERE) -> None:
    """One event in a frame of its own; without merges, so that nothing goes before it is told to."""
    event = f'{{"id":"e{offset}","source":"s","type":"{BOARDED}","subject":"b","campusid":"{campus_id}","data":{{}}}}'
    frame = join_frame([stamp(event.encode(), recorded_ms, recorded_ms)])
    for table in ("events", "frames"):
        client.execute(f"SYSTEM STOP TTL MERGES {table}")
    row = (0, offset, recorded_ms, frame.decode())
    client.execute("INSERT INTO frames_in (partition, offset, recorded_at, value) VALUES", [row])


def kept(client: Client) -> set[int]:
    return {offset for (offset,) in rows(client, "SELECT offset FROM events")}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110 — polls with a deadline
            await asyncio.sleep(0.01)


@pytest.mark.engine
def test_what_is_past_its_time_goes_once_a_day_and_the_run_is_on_record(
    client: Client, daily: Daily, clock: ManualClock, meter: Counts, tmp_path: Path
) -> None:
    put(client, clock.now_ms() - 31 * DAY_MS, 1)
    put(client, clock.now_ms() - 29 * DAY_MS, 2)
    old = Subject(HERE, "p_li_000001", key_week_of(service_day_of(clock.now_ms() - 60 * DAY_MS)))
    opened = keyring(tmp_path)
    opened.keys.ensure([old])

    run = daily().apply_if_due()

    assert run is not None
    assert (run.expired_events, run.destroyed_keys, run.applied_by) == (1, 1, "daily")
    assert (kept(client), opened.keys.find([old])) == ({2}, {})
    assert newest_runs(client, 9) == [run]
    assert (meter.counted[RETENTION_EVENTS.name], meter.counted[RETENTION_KEYS.name]) == (1, 1)
    assert meter.shown[RETENTION_APPLIED.name] == run.applied_ms / 1000
    opened.close()


@pytest.mark.engine
def test_a_second_look_at_the_same_day_does_nothing_and_the_next_day_does(
    client: Client, daily: Daily, clock: ManualClock
) -> None:
    assert daily().apply_if_due() is not None
    put(client, clock.now_ms() - 31 * DAY_MS, 1)

    assert daily().apply_if_due() is None  # another process, or this one after a new start
    assert kept(client) == {1}

    clock.instant_ms += DAY_MS
    assert daily().apply_if_due() is not None
    assert kept(client) == set()


@pytest.mark.engine
def test_days_that_were_missed_are_made_up_for_by_one_run(client: Client, daily: Daily, clock: ManualClock) -> None:
    daily().apply_if_due()
    clock.instant_ms += 5 * DAY_MS

    assert daily().apply_if_due() is not None
    assert daily().apply_if_due() is None
    assert len(newest_runs(client, 9)) == 2


@pytest.mark.engine
def test_what_is_under_a_legal_hold_stays(client: Client, daily: Daily, clock: ManualClock) -> None:
    now_ms = clock.now_ms()
    put(client, now_ms - 29 * DAY_MS, 1)
    put(client, now_ms - 31 * DAY_MS, 2, THERE)
    place_hold(
        client,
        [HERE],
        [],
        from_ms=now_ms - 90 * DAY_MS,
        to_ms=now_ms,
        reason="case 17",
        placed_by="auditor-1",
        now_ms=now_ms,
    )

    run = daily().apply_if_due()

    assert run is not None
    assert (run.holds_in_force, run.marked_events, run.expired_events) == (1, 1, 1)
    assert rows(client, "SELECT offset, keep_days FROM events") == [(1, HELD_DAYS)]


@pytest.mark.engine
async def test_a_process_that_has_not_the_first_partition_leaves_it_to_the_one_that_has(
    client: Client, daily: Daily
) -> None:
    asked = 0

    def is_mine() -> bool:
        nonlocal asked
        asked += 1
        return False

    task = asyncio.create_task(daily(is_mine=is_mine).run())
    await until(lambda: asked > 0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert newest_runs(client, 9) == []


@pytest.mark.engine
async def test_an_erasure_that_no_hold_stops_any_more_is_carried_out(
    daily: Daily, journal: RememberedJournal, tmp_path: Path
) -> None:
    opened = keyring(tmp_path)
    opened.keys.ensure([Subject(HERE, "p_li_000001", KeyWeek(2968))])
    asked = opened.erasures.request(
        HERE, "p_li_000001", ground="left_school", legal_basis="pipl_47_1", by="p-31", at_ms=NOW_MS
    )
    key_refs = opened.keys.restrict(HERE, "p_li_000001", NOW_MS)
    opened.erasures.approve(asked.erasure_id, "p-07", "bureau", key_refs)
    opened.erasures.restrict(asked.erasure_id, key_refs, NOW_MS)

    task = asyncio.create_task(daily().run())
    await until(lambda: opened.erasures.restricted() == [])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert journal.types() == ["access.subject_keys_destroyed.v1"]
    assert opened.keys.restricted(key_refs) == frozenset()
    opened.close()


@pytest.mark.engine
async def test_a_store_that_is_away_is_counted_and_asked_again(
    database: StoreSettings, daily: Daily, meter: Counts
) -> None:
    away = database.model_copy(update={"port": 1})
    task = asyncio.create_task(daily(away).run())

    await until(lambda: meter.counted[RETENTION_FAILED.name] > 0)

    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.engine
def test_a_command_shows_the_runs(database: StoreSettings, daily: Daily, tmp_path: Path) -> None:
    daily().apply_if_due()
    environment = os.environ | {
        "CAMPANILE_DATA_DIR": str(tmp_path),
        "CAMPANILE_STORE__HOST": "127.0.0.1",
        "CAMPANILE_STORE__PORT": str(database.port),
        "CAMPANILE_STORE__DATABASE": database.database,
        "CAMPANILE_STORE__PASSWORD": database.password.get_secret_value(),
    }

    command = [sys.executable, "-m", "deploy.cli", "retention", "runs"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    assert (done.returncode, "daily" in done.stdout) == (0, True), done.stderr
