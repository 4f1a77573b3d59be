"""The ClickHouse engine of this process, and the sessions that it gives to clients."""

import threading
from pathlib import Path
from typing import cast

from deploy.store.session import Session
from deploy.store.sql import literal


class Engine:
    """The opened data directory. One per process: the engine allows no second path.

    Start the process by exec: the engine does not survive a fork.
    """

    def __init__(self, data: Path, config: Path) -> None:
        self._connection_string = f"{data}?config-file={config}"
        self._admin = self.session()
        self._lock = threading.Lock()
        version, self.timezone = self.ask("SELECT version(), timezone()").split("\t")
        self.version = tuple(int(part) for part in version.split("."))

    def session(self) -> Session:
        """A session: its own settings, current database and temporary tables; one query at a time."""
        from chdb import session  # noqa: PLC0415 — takes 0.3–1 s, and only the store process needs it

        return cast("Session", session.Session(self._connection_string))  # type: ignore[no-untyped-call]

    def ask(self, sql: str) -> str:
        """Run a statement on the server's own session; rows as tab-separated lines."""
        with self._lock:
            return self._admin.query(sql, "TSV").bytes().decode().rstrip("\n")

    def kill(self, tag: str) -> None:
        """Ask every query that carries ``tag`` as its comment to end soon."""
        self.ask(f"KILL QUERY WHERE Settings['log_comment'] = {literal(tag)} ASYNC")

    def is_well(self) -> bool:
        """Whether the engine answers."""
        return self.ask("SELECT 1") == "1"

    def close(self) -> None:
        """Close the server's own session; with the last session the engine lets go of the directory."""
        self._admin.close()
