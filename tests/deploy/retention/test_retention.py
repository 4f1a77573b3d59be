"""Retention on a real store: what is past its time goes, what is held stays, and pupils' keys end with their weeks."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from clickhouse_driver import Client

from deploy.retention.carrying_out import apply_retention
from deploy.retention.faults import HoldRefusedError
from deploy.retention.holds import Hold, all_holds, holds_in_force, place_hold, release_hold
from deploy.retention.plan import retention_plan
from ingest.privacy.key_store import Subject
from ingest.privacy.sqlite_keys import SqliteKeys
from schemas.clock import DAY_MS
from schemas.frame import join_frame, stamp
from schemas.ids import CampusId, EventTypeName, SystemName
from schemas.privacy import key_week_of, service_day_of
from schemas.retention import HELD_DAYS, RetentionClass
from schemas.systems import catalogue
from streams.archive.settings import StoreSettings
from streams.archive.store_client import connect, rows

pytestmark = pytest.mark.engine

HERE, THERE = CampusId("c-1"), CampusId("c-2")
LESSON, BOARDED, TEMP = "lesson_ops.lesson.started.v1", "school_bus.pupil.boarded.v1", "canteen.temp.sampled.v1"


@pytest.fixture
def client(database: StoreSettings) -> Iterator[Client]:
    made = connect(database)
    yield made
    made.disconnect()


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[SqliteKeys]:
    opened = SqliteKeys(tmp_path / "keys.sqlite", b"m" * 32)
    yield opened
    opened.close()


@pytest.fixture
def now(client: Client) -> int:
    """By the store's clock, which decides what is past its time."""
    return int(rows(client, "SELECT toUnixTimestamp64Milli(now64(3))")[0][0])


def put(client: Client, recorded_ms: int, type_name: str, campus_id: CampusId = HERE, offset: int = 0) -> None:
    """One event in a frame of its own; without merges, so that nothing goes before it is told to."""
    fields = {"id": f"{type_name}-{offset}", "source": "s", "type": type_name, "subject": "x", "campusid": campus_id}
    frame = join_frame([stamp(json.dumps(fields | {"data": {}}).encode(), recorded_ms, recorded_ms)])
    for table in ("events", "frames"):
        client.execute(f"SYSTEM STOP TTL MERGES {table}")
    client.execute(
        "INSERT INTO frames_in (partition, offset, recorded_at, value) VALUES",
        [(0, offset, recorded_ms, frame.decode())],
    )


def kept(client: Client) -> set[int]:
    return {offset for (offset,) in rows(client, "SELECT offset FROM events")}


def hold(client: Client, now_ms: int, *systems: str, days: int = 4000) -> Hold:
    return place_hold(
        client,
        [HERE],
        map(SystemName, systems),
        from_ms=now_ms - days * DAY_MS,
        to_ms=now_ms,
        reason="case 17",
        placed_by="auditor-1",
        now_ms=now_ms,
    )


def test_the_plan_counts_what_would_go_and_changes_nothing(client: Client, keys: SqliteKeys, now: int) -> None:
    put(client, now - 20 * DAY_MS, BOARDED, offset=1)
    put(client, now - 20 * DAY_MS, LESSON, offset=2)
    before = kept(client)

    later = retention_plan(client, keys, catalogue(), now + 20 * DAY_MS)

    assert later.expired_events == {BOARDED: 1}
    assert (later.expired_frames, later.events_to_mark, later.frames_to_mark) == (0, 0, 0)
    assert kept(client) == before == {1, 2}
    assert retention_plan(client, keys, catalogue(), now).is_empty()


def test_rows_marked_for_another_time_than_their_class_are_marked_anew(
    client: Client, keys: SqliteKeys, now: int
) -> None:
    put(client, now, TEMP, offset=1)
    client.execute("ALTER TABLE events UPDATE keep_days = 7 WHERE 1", settings={"mutations_sync": 1})

    plan = apply_retention(client, keys, catalogue(), now)

    assert plan.events_to_mark == 1
    assert rows(client, "SELECT keep_days FROM events") == [(730,)]
    assert retention_plan(client, keys, catalogue(), now).is_empty()


def test_what_is_past_its_time_is_gone_after_applying(client: Client, keys: SqliteKeys, now: int) -> None:
    put(client, now - 31 * DAY_MS, BOARDED, offset=1)
    put(client, now - 31 * DAY_MS, LESSON, offset=2)
    assert kept(client) == {1, 2}

    plan = apply_retention(client, keys, catalogue(), now)

    assert plan.expired_events == {BOARDED: 1}
    assert kept(client) == {2}
    assert retention_plan(client, keys, catalogue(), now).is_empty()


def test_a_hold_keeps_rows_and_their_frames_until_it_is_released(client: Client, keys: SqliteKeys, now: int) -> None:
    put(client, now - 10 * DAY_MS, LESSON, offset=1)
    put(client, now - 10 * DAY_MS, LESSON, THERE, offset=2)
    placed = hold(client, now)

    plan = apply_retention(client, keys, catalogue(), now)

    assert (plan.held_events, plan.events_to_mark, plan.frames_to_mark) == ({placed.hold_id: 1}, 1, 1)
    assert rows(client, "SELECT offset, keep_days FROM events ORDER BY offset") == [(1, HELD_DAYS), (2, 1095)]
    assert rows(client, "SELECT offset, keep_days FROM frames ORDER BY offset") == [(1, HELD_DAYS), (2, 180)]
    much_later = retention_plan(client, keys, catalogue(), now + 2000 * DAY_MS)
    assert much_later.expired_events == {LESSON: 1}

    release_hold(client, placed.hold_id, now)
    apply_retention(client, keys, catalogue(), now)

    assert rows(client, "SELECT DISTINCT keep_days FROM events") == [(1095,)]
    assert rows(client, "SELECT DISTINCT keep_days FROM frames") == [(180,)]


def test_what_is_held_outlives_the_time_of_its_class(client: Client, keys: SqliteKeys, now: int) -> None:
    put(client, now - 40 * DAY_MS, LESSON, offset=1)
    put(client, now - 40 * DAY_MS, LESSON, THERE, offset=2)
    hold(client, now)
    apply_retention(client, keys, catalogue(), now)
    shorter = replace(catalogue()[EventTypeName(LESSON)], retention=RetentionClass.PUPIL)

    apply_retention(client, keys, {**catalogue(), EventTypeName(LESSON): shorter}, now)
    client.execute("ALTER TABLE events MATERIALIZE TTL", settings={"mutations_sync": 1})
    client.execute("OPTIMIZE TABLE events FINAL")

    assert kept(client) == {1}


def test_a_hold_covers_its_systems_and_its_time_alone(client: Client, keys: SqliteKeys, now: int) -> None:
    put(client, now - 3 * DAY_MS, LESSON, offset=1)
    put(client, now - 3 * DAY_MS, TEMP, offset=2)
    put(client, now - 9 * DAY_MS, TEMP, offset=3)
    hold(client, now, "canteen", days=5)

    apply_retention(client, keys, catalogue(), now)

    held = rows(client, "SELECT offset FROM events WHERE keep_days = %(days)s", {"days": HELD_DAYS})
    assert held == [(2,)]


def test_holds_are_kept_as_facts_with_who_and_why(client: Client, now: int) -> None:
    placed = hold(client, now, "canteen")
    released = release_hold(client, placed.hold_id, now + 5)

    assert all_holds(client) == [released]
    assert (released.reason, released.placed_by, released.released_ms) == ("case 17", "auditor-1", now + 5)
    assert holds_in_force(client) == []


def test_a_hold_over_nothing_and_an_unknown_one_are_refused(client: Client, now: int) -> None:
    with pytest.raises(HoldRefusedError):
        hold(client, now, days=0)
    with pytest.raises(HoldRefusedError):
        release_hold(client, "hold-none", now)


def test_pupils_keys_end_with_their_weeks_but_for_campuses_on_hold(client: Client, keys: SqliteKeys, now: int) -> None:
    old, young = (key_week_of(service_day_of(now - days * DAY_MS)) for days in (60, 3))
    subjects = [Subject(campus_id, "p_li_000001", week) for campus_id in (HERE, THERE) for week in (old, young)]
    keys.ensure(subjects)
    hold(client, now)

    plan = apply_retention(client, keys, catalogue(), now)

    assert plan.pupil_keys_due == 1
    assert set(keys.find(subjects)) == set(subjects) - {Subject(THERE, "p_li_000001", old)}


def campanile(store: StoreSettings, directory: Path, *arguments: str) -> tuple[int, str, str]:
    environment = os.environ | {
        "CAMPANILE_DATA_DIR": str(directory),
        "CAMPANILE_STORE__HOST": "127.0.0.1",
        "CAMPANILE_STORE__PORT": str(store.port),
        "CAMPANILE_STORE__DATABASE": store.database,
        "CAMPANILE_STORE__PASSWORD": store.password.get_secret_value(),
    }
    command = [sys.executable, "-m", "deploy.cli", "retention", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_commands_follow_one_another(client: Client, database: StoreSettings, tmp_path: Path, now: int) -> None:
    put(client, now - 40 * DAY_MS, BOARDED, offset=1)
    put(client, now - 20 * DAY_MS, BOARDED, offset=2)

    code, out, _ = campanile(database, tmp_path, "plan", "--json")
    assert (code, json.loads(out)["expired_events"]) == (1, {BOARDED: 1})
    day = ("--from", "2020-01-01", "--to", "2100-01-01", "--reason", "case 17", "--by", "auditor-1")
    code, hold_id, said = campanile(database, tmp_path, "hold", "--campus", HERE, *day)
    assert code == 0, said
    assert (HELD_DAYS,) in rows(client, "SELECT keep_days FROM events WHERE offset = 2")
    assert campanile(database, tmp_path, "plan")[0] == 0
    assert campanile(database, tmp_path, "release", hold_id.strip())[0] == 0
    code, out, _ = campanile(database, tmp_path, "holds")
    assert (code, "released" in out, "case 17" in out) == (0, True, True)
    assert campanile(database, tmp_path, "apply", "--yes")[0] == 0
    assert kept(client) == {2}
    assert rows(client, "SELECT keep_days FROM events") == [(30,)]
    assert campanile(database, tmp_path, "release", "hold-none")[0] == 3
