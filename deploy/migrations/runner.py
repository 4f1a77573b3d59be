"""Carries out what a store still needs.

Per migration: 1. note ``in_progress``; 2. carry out its statements, asking before each whether the lock is still ours;
3. note ``completed``. Killed anywhere, the next run starts that migration again; its statements do nothing twice.
"""

import time
from collections.abc import Callable, Sequence
from importlib.metadata import version

from clickhouse_driver import Client

from deploy.migrations.lock import STALE_S, MigrationLock
from deploy.migrations.plan import MigrationStatus, Recorded, Status, needed, status_of
from deploy.migrations.records import database_exists, prepare_database, read_records, write_record
from deploy.migrations.source import Migration, shipped_migrations
from streams.archive.settings import StoreSettings
from streams.archive.store_client import StoreAwayError, session

Say = Callable[[str], None]
_RETRY_S = 0.2


class MigrationRunner:
    """Plans and applies migrations of one store.

    Args:
        store: the store.
        migrations: what to bring it to; left out: what this version ships.
    """

    def __init__(self, store: StoreSettings, migrations: Sequence[Migration] | None = None) -> None:
        self._store = store
        self._migrations = tuple(migrations) if migrations is not None else shipped_migrations()

    def status(self) -> list[MigrationStatus]:
        """Every migration and how far the store is with it; nothing is created.

        Raises:
            StoreAwayError: the store does not answer.
            StoreIsNewerError, MigrationChangedError: the store and this version do not fit.
        """
        return status_of(self._migrations, self._recorded())

    def plan(self) -> list[Migration]:
        """What :meth:`apply` would carry out; nothing is created.

        Raises:
            StoreAwayError, StoreIsNewerError, MigrationChangedError: as :meth:`status`.
        """
        return needed(self._migrations, self._recorded())

    def apply(self, say: Say, *, wait_s: float = 60.0, stale_s: float = STALE_S) -> int:
        """Carry out what is needed and return how many migrations that were.

        Args:
            say: told about each migration.
            wait_s: how long to wait for a store that is starting, and for another runner.
            stale_s: silence after which another runner is taken for dead.

        Raises:
            MigrationLockedError: another runner was at work for all that time.
            StoreAwayError, StoreIsNewerError, MigrationChangedError: as :meth:`status`.
            StoreRefusedError: the store refused a statement.
        """
        self._await_store(wait_s)
        prepare_database(self._store)
        with MigrationLock(self._store, wait_s=wait_s, stale_s=stale_s) as lock, session(self._store) as client:
            todo = needed(self._migrations, read_records(client))
            for migration in todo:
                say(f"+ {migration.version:04d}_{migration.name}")
                _carry_out(client, migration, lock)
            return len(todo)

    def _recorded(self) -> dict[int, Recorded]:
        if not database_exists(self._store):
            return {}
        with session(self._store) as client:
            return read_records(client)

    def _await_store(self, wait_s: float) -> None:
        deadline = time.monotonic() + wait_s
        while True:
            try:
                database_exists(self._store)
            except StoreAwayError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY_S)
            else:
                return


def _carry_out(client: Client, migration: Migration, lock: MigrationLock) -> None:
    product = version("campanile")
    write_record(client, migration, Status.IN_PROGRESS, product)
    for statement in migration.statements:
        lock.check()
        client.execute(statement)
    lock.check()
    write_record(client, migration, Status.COMPLETED, product)
