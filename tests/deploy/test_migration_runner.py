"""Migrations against a real store."""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from deploy.migrations.faults import MigrationLockedError
from deploy.migrations.lock import MigrationLock
from deploy.migrations.plan import Status
from deploy.migrations.records import prepare_database
from deploy.migrations.runner import MigrationRunner
from deploy.migrations.source import parse_migration, shipped_migrations
from streams.archive.settings import StoreSettings
from streams.archive.store_client import rows, session

pytestmark = pytest.mark.engine

THREE = tuple(
    parse_migration(f"000{n}_m{n}.sql", f"CREATE TABLE IF NOT EXISTS m{n} (x Int8) ENGINE = MergeTree ORDER BY x;\n")
    for n in (1, 2, 3)
)


def silent(_line: str) -> None:
    """Say nothing."""


def tables(store: StoreSettings) -> set[str]:
    with session(store) as client:
        return {name for (name,) in rows(client, "SHOW TABLES") if not name.startswith("migration_lock_")}


def test_plan_creates_nothing(empty_database: StoreSettings) -> None:
    runner = MigrationRunner(empty_database)
    assert len(runner.plan()) == len(shipped_migrations())
    with session(empty_database, database=False) as client:
        assert not rows(
            client, "SELECT 1 FROM system.databases WHERE name = %(name)s", {"name": empty_database.database}
        )


def test_apply_brings_the_store_up_to_date_and_then_has_nothing_to_do(empty_database: StoreSettings) -> None:
    runner = MigrationRunner(empty_database)
    assert runner.apply(silent) == len(shipped_migrations())
    assert {line.status for line in runner.status()} == {Status.COMPLETED}
    assert runner.plan() == []
    assert runner.apply(silent) == 0
    assert {"frames", "events", "archive_ranges"} <= tables(empty_database)


def test_two_runners_at_once_carry_out_each_migration_once(empty_database: StoreSettings) -> None:
    said: list[str] = []
    threads = [threading.Thread(target=MigrationRunner(empty_database, THREE).apply, args=(said.append,)) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["+ 0001_m1", "+ 0002_m2", "+ 0003_m3"]


def test_a_runner_waits_for_the_lock_and_says_so_when_the_time_is_over(empty_database: StoreSettings) -> None:
    prepare_database(empty_database)
    with MigrationLock(empty_database, wait_s=5), pytest.raises(MigrationLockedError):
        MigrationRunner(empty_database, THREE).apply(silent, wait_s=0.5)


def test_a_holder_that_was_taken_for_dead_does_nothing_more(empty_database: StoreSettings) -> None:
    prepare_database(empty_database)
    with MigrationLock(empty_database, wait_s=5) as slow, MigrationLock(empty_database, wait_s=5, stale_s=0.0) as quick:
        quick.check()
        with pytest.raises(MigrationLockedError):
            slow.check()


KILLED_RUNNER = textwrap.dedent(
    """
    import os, signal, sys
    from deploy.migrations.runner import MigrationRunner
    from deploy.migrations.source import shipped_migrations
    from streams.archive.settings import StoreSettings

    place = {"host": "127.0.0.1", "port": int(sys.argv[1]), "database": sys.argv[2]}
    store = StoreSettings(**place, password=os.environ["PASSWORD"])
    lines = []
    def say(line):
        lines.append(line)
        if len(lines) == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
    MigrationRunner(store).apply(say)
    """
)


@pytest.mark.parametrize("at", [1, 2, 4])
def test_a_runner_that_was_killed_leaves_what_the_next_one_completes(empty_database: StoreSettings, at: int) -> None:
    arguments = [str(empty_database.port), empty_database.database, str(at)]
    environment = os.environ | {"PASSWORD": empty_database.password.get_secret_value()}
    killed = subprocess.run([sys.executable, "-c", KILLED_RUNNER, *arguments], env=environment, check=False, timeout=90)
    assert killed.returncode == -signal.SIGKILL
    runner = MigrationRunner(empty_database)
    assert runner.apply(silent, stale_s=0.5) == len(shipped_migrations()) - at + 1
    assert {line.status for line in runner.status()} == {Status.COMPLETED}
