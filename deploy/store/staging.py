"""Inserts that are stored when they say so.

The engine's streamed insert reports what it could not parse, but no failure behind that: a violated constraint, a view
that throws, too many parts or a full disk end it silently, and it answers as if the rows were stored (chDB 26.9.0). So
rows are streamed into a temporary table in memory, counted there, and then moved by ``INSERT … SELECT``, which reports
every failure. It costs next to nothing: no row is parsed or serialised a second time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.store.blocks import Block
from deploy.store.session import Session
from deploy.store.sql import Insert, identifier

_NAME = "_staged_insert"


class LostRowsError(RuntimeError):
    """The engine did not keep what it was given; the text is as the engine's own errors are."""

    def __init__(self, wanted: int, found: int) -> None:
        super().__init__(f"Code: 241. DB::Exception: Of {wanted} rows {found} could be held in memory")


@dataclass
class Staging:
    """A temporary table of one session, from its first block on."""

    session: Session
    name: str = _NAME
    columns: Sequence[tuple[str, str]] = ()
    rows: int = 0

    def add(self, block: Block) -> None:
        """Take a block; the first one decides the columns. All blocks are held in memory until the end."""
        if not self.columns:
            listed = ", ".join(f"{identifier(name)} {kind}" for name, kind in block.columns)
            self._run(f"CREATE TEMPORARY TABLE {identifier(self.name)} ({listed}) ENGINE = Memory")
            self.columns = block.columns
        inserter = self.session.send_insert(f"INSERT INTO {identifier(self.name)}", "Native")
        try:
            inserter.append(block.raw)
            inserter.finish()
        finally:
            inserter.close()
        self.rows += block.rows

    def check(self) -> None:
        """Count what is there.

        Raises:
            LostRowsError: it is not what was added.
        """
        found = int(self._run(f"SELECT count() FROM {identifier(self.name)}"))  # noqa: S608 — quoted
        if found != self.rows:
            raise LostRowsError(self.rows, found)

    def move(self, insert: Insert) -> None:
        """Store everything, or nothing: one thread, so that the same blocks always make the same parts.

        Raises:
            RuntimeError: the engine's error, or :class:`LostRowsError`.
        """
        if not self.rows:
            return
        self.check()
        listed = ", ".join(identifier(name) for name, _ in self.columns)
        source = f"SELECT {listed} FROM {identifier(self.name)} SETTINGS max_threads = 1"  # noqa: S608 — quoted
        self._run(f"INSERT INTO {insert.table} ({listed}) {insert.settings} {source}")

    def drop(self) -> None:
        """Forget the table."""
        if self.columns:
            self._run(f"DROP TEMPORARY TABLE IF EXISTS {identifier(self.name)}")

    def _run(self, sql: str) -> str:
        return self.session.query(sql, "TSV").bytes().decode()
