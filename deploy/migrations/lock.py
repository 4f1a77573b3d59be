"""One runner at a time, on a store that has no locks.

Creating a table is atomic: of two who create the same one, one is refused. The lock is therefore the table
``migration_lock_<n>`` with the highest n, and whoever created it holds it. It is given up by a row that says so, or
lost when its holder has not renewed it for ``stale_s`` seconds by the store's own clock; then the next one creates
n + 1 (again only one can) and clears away the lower ones. A holder that was only slow sees n + 1 before its next
statement.
"""

import re
import threading
import time
from types import TracebackType
from typing import Self

from clickhouse_driver import Client
from clickhouse_driver.errors import ErrorCodes

from deploy.migrations.faults import MigrationLockedError
from schemas.errors import CampanileError
from streams.archive.settings import StoreSettings
from streams.archive.store_client import StoreRefusedError, connect, rows, translated

STALE_S = 15.0
_POLL_S = 0.2
_HELD = """
SELECT
    argMax(is_held, beat_at),
    count(),
    greatest(max(beat_at), (
        SELECT any(toDateTime64(metadata_modification_time, 3))
        FROM system.tables
        WHERE database = currentDatabase() AND name = '{table}'
    )) > now64(3) - toIntervalMillisecond(%(stale_ms)s)
FROM {table}
"""
_TABLE = re.compile(r"migration_lock_(\d+)")


class MigrationLock:
    """Held within its ``with`` block, and renewed by a thread meanwhile.

    Args:
        store: the store to lock; its database must exist.
        wait_s: how long to wait for another runner.
        stale_s: silence after which a holder is taken for dead.
    """

    def __init__(self, store: StoreSettings, *, wait_s: float, stale_s: float = STALE_S) -> None:
        self._store = store
        self._wait_s = wait_s
        self._stale_s = stale_s
        self._client = connect(store)
        self._generation = 0
        self._released = threading.Event()
        self._renewer = threading.Thread(target=self._renew, name="migration-lock", daemon=True)

    def __enter__(self) -> Self:
        try:
            self._acquire()
        except BaseException:
            self._client.disconnect()
            raise
        self._renewer.start()
        return self

    def _acquire(self) -> None:
        deadline = time.monotonic() + self._wait_s
        while not self._try():
            if time.monotonic() > deadline:
                raise MigrationLockedError(
                    "另一个迁移正在进行 / another runner is migrating this store",
                    cause="`campanile up` or `campanile migrate apply` runs elsewhere, or was killed a moment ago",
                    remedy="wait for it and try again",
                )
            time.sleep(_POLL_S)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        self._renewer.join()
        try:
            with translated(self._store):
                self._beat(self._client, is_held=False)
        except StoreRefusedError as refusal:
            if refusal.store_code != ErrorCodes.UNKNOWN_TABLE:  # whoever took over has cleared the lock away
                raise
        finally:
            self._client.disconnect()

    def check(self) -> None:
        """Ask whether the lock is still ours.

        Raises:
            MigrationLockedError: we were silent for so long that another runner took it.
        """
        with translated(self._store):
            newest = max(self._generations())
        if newest != self._generation:
            raise MigrationLockedError(
                "迁移锁已被接管 / another runner took over this migration",
                cause="this one did not answer for too long",
                remedy="campanile migrate status",
            )

    def _try(self) -> bool:
        with translated(self._store):
            newest = max(self._generations(), default=0)
        if newest and self._is_held(newest):
            return False
        try:
            with translated(self._store):
                self._client.execute(
                    f"CREATE TABLE migration_lock_{newest + 1} (beat_at DateTime64(3), is_held Bool) "
                    "ENGINE = MergeTree ORDER BY beat_at"
                )
        except StoreRefusedError as error:
            if error.store_code == ErrorCodes.TABLE_ALREADY_EXISTS:
                return False
            raise
        self._generation = newest + 1
        with translated(self._store):
            self._beat(self._client, is_held=True)
            for lower in [number for number in self._generations() if number < self._generation]:
                self._client.execute(f"DROP TABLE IF EXISTS migration_lock_{lower}")
        return True

    def _generations(self) -> list[int]:
        tables = rows(
            self._client,
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'migration_lock_%'",
        )
        return [int(match[1]) for (name,) in tables if (match := _TABLE.fullmatch(name))]

    def _is_held(self, generation: int) -> bool:
        """Whether the holder has neither given up nor fallen silent since it made or renewed the lock."""
        table = f"migration_lock_{generation}"
        try:
            with translated(self._store):
                found = rows(self._client, _HELD.format(table=table), {"stale_ms": int(self._stale_s * 1000)})
        except StoreRefusedError as error:
            if error.store_code == ErrorCodes.UNKNOWN_TABLE:  # a newer holder has just cleared it away: look again
                return True
            raise
        is_held, beats, is_fresh = found[0]
        return bool(is_fresh and (is_held or not beats))

    def _renew(self) -> None:
        client = connect(self._store)
        while not self._released.wait(self._stale_s / 5):
            try:
                with translated(self._store):
                    self._beat(client, is_held=True)
            except CampanileError:  # the runner meets the same trouble at its next statement, and reports it
                client.disconnect()
        client.disconnect()

    def _beat(self, client: Client, *, is_held: bool) -> None:
        client.execute(
            f"INSERT INTO migration_lock_{self._generation} SELECT now64(3), %(is_held)s", {"is_held": is_held}
        )
