"""Erasures asked for, approved and done: rows beside the keys, each of which becomes a receipt that names nobody.

The pupil's token is kept, sealed, only until its keys are destroyed or restricted: the approver need not be told it.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal

from ingest.privacy.errors import KeysAwayError
from ingest.privacy.letters import LetterCover
from schemas.ids import CampusId
from schemas.privacy import KeyRef

ErasureState = Literal["requested", "approved", "restricted", "done"]
BUSY_S: Final = 2.0
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS erasures (
    erasure_id TEXT PRIMARY KEY,
    campus_id TEXT NOT NULL,
    sealed_token BLOB,
    ground TEXT NOT NULL,
    legal_basis TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_ms INTEGER NOT NULL,
    approved_by TEXT,
    destroyed_ms INTEGER,
    key_refs TEXT NOT NULL DEFAULT '[]',
    is_recorded INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID
"""
_LATER: Final = {"approver_role": "TEXT", "restricted_ms": "INTEGER"}
"""Columns that files of an earlier release lack."""
_READ: Final = """
SELECT erasure_id, campus_id, ground, legal_basis, requested_by, requested_ms, approved_by, destroyed_ms,
       approver_role, restricted_ms, key_refs, is_recorded
FROM erasures
"""


@dataclass(frozen=True)
class Erasure:
    """One erasure and how far it is. Instants in epoch ms."""

    erasure_id: str
    campus_id: CampusId
    ground: str
    legal_basis: str
    requested_by: str
    requested_ms: int
    approved_by: str | None = None
    destroyed_ms: int | None = None
    approver_role: str | None = None
    restricted_ms: int | None = None
    """Since when its keys were, or are, kept and given to nobody, because of a legal hold."""
    key_refs: tuple[KeyRef, ...] = ()
    """The names of the keys that were, or are about to be, destroyed."""
    is_recorded: bool = False
    """Whether the log has the event that says so."""

    @property
    def state(self) -> ErasureState:
        """``done`` once the keys are destroyed and the log says so; ``restricted`` while a hold forbids that."""
        if self.is_recorded:
            return "done"
        if self.restricted_ms is not None and self.destroyed_ms is None:
            return "restricted"
        return "requested" if self.approved_by is None else "approved"


class ErasureBook:
    """Blocks; belongs beside the key store, in the same file.

    Raises:
        KeysAwayError: any method: the file does not answer.
    """

    def __init__(self, path: Path, cover: LetterCover) -> None:
        """``path`` is the key store's file, which exists."""
        self._cover = cover
        self._lock = Lock()
        try:
            self._database = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise KeysAwayError(type(error).__name__) from error
        with self._using() as database:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                database.execute(f"PRAGMA {pragma}")
            database.execute(_TABLE)
            _add_columns(database)

    def request(  # noqa: PLR0913 — a request has these parts
        self, campus_id: CampusId, pupil_token: str, *, ground: str, legal_basis: str, by: str, at_ms: int
    ) -> Erasure:
        """Note that somebody asks for a pupil to be erased."""
        erasure_id = f"er-{secrets.token_hex(6)}"
        sealed = self._cover.seal(pupil_token.encode())
        with self._using() as database:
            database.execute(
                "INSERT INTO erasures"
                " (erasure_id, campus_id, sealed_token, ground, legal_basis, requested_by, requested_ms)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (erasure_id, campus_id, sealed, ground, legal_basis, by, at_ms),
            )
        return Erasure(erasure_id, campus_id, ground, legal_basis, by, at_ms)

    def find(self, erasure_id: str) -> Erasure | None:
        """One erasure."""
        with self._using() as database:
            row = database.execute(f"{_READ} WHERE erasure_id = ?", (erasure_id,)).fetchone()
        return None if row is None else _erasure(row)

    def all(self) -> list[Erasure]:
        """Every erasure, the newest first."""
        with self._using() as database:
            return [_erasure(row) for row in database.execute(f"{_READ} ORDER BY requested_ms DESC, erasure_id")]

    def token_of(self, erasure_id: str) -> str | None:
        """Whom it is about; None once the keys are destroyed."""
        with self._using() as database:
            row = database.execute("SELECT sealed_token FROM erasures WHERE erasure_id = ?", (erasure_id,)).fetchone()
        return None if row is None or row[0] is None else self._cover.uncover(row[0]).decode()

    def restricted(self) -> list[Erasure]:
        """The erasures that a legal hold stopped and that are not done yet, the oldest first."""
        rest = "WHERE restricted_ms IS NOT NULL AND is_recorded = 0 ORDER BY requested_ms, erasure_id"
        with self._using() as database:
            return [_erasure(row) for row in database.execute(f"{_READ} {rest}")]

    def approve(self, erasure_id: str, by: str, role: str, key_refs: tuple[KeyRef, ...]) -> None:
        """Note the first approval, and which keys are to go."""
        parts = "approved_by = ?, approver_role = ?, key_refs = ? WHERE approved_by IS NULL"
        self._set(parts, by, role, json.dumps(key_refs), erasure_id)

    def restrict(self, erasure_id: str, key_refs: tuple[KeyRef, ...], at_ms: int) -> None:
        """Note that the keys are given to nobody until they can be destroyed, and forget whom it was about."""
        parts = "sealed_token = NULL, key_refs = ?, restricted_ms = ? WHERE destroyed_ms IS NULL"
        self._set(parts, json.dumps(key_refs), at_ms, erasure_id)

    def complete(self, erasure_id: str, key_refs: tuple[KeyRef, ...], at_ms: int) -> None:
        """Note that the keys are destroyed, and forget whom it was about."""
        parts = "sealed_token = NULL, key_refs = ?, destroyed_ms = ? WHERE destroyed_ms IS NULL"
        self._set(parts, json.dumps(key_refs), at_ms, erasure_id)

    def recorded(self, erasure_id: str) -> None:
        """Note that the log says so."""
        self._set("is_recorded = 1 WHERE 1", erasure_id)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _set(self, parts: str, *values: object) -> None:
        with self._using() as database:
            database.execute(f"UPDATE erasures SET {parts} AND erasure_id = ?", values)  # noqa: S608 — our own text

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._database
            except sqlite3.DatabaseError as error:
                raise KeysAwayError(type(error).__name__) from error


def _add_columns(database: sqlite3.Connection) -> None:
    """Two processes may open the file at once: one of them adds, under the lock of the file."""
    database.execute("BEGIN IMMEDIATE")
    try:
        there = {row[1] for row in database.execute("PRAGMA table_info(erasures)")}
        for name in _LATER.keys() - there:
            database.execute(f"ALTER TABLE erasures ADD COLUMN {name} {_LATER[name]}")
    finally:
        database.execute("COMMIT")


def _erasure(row: tuple[Any, ...]) -> Erasure:
    return Erasure(*row[:-2], key_refs=tuple(json.loads(row[-2])), is_recorded=bool(row[-1]))  # type: ignore[misc]  # mypy takes a slice for a whole
