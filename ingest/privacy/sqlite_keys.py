"""The key store of one machine: an SQLite file that its gateways and API share.

Data keys are wrapped by their campus's key, campus keys by the master key (AES key wrap, RFC 3394). A row is found by a
keyed hash of pupil and week, so the file names no pupil. What is destroyed is overwritten in place
(``secure_delete``) and cut out of the write-ahead log before the call returns. There is no ``VACUUM``: it would copy
every living key into a temporary file.
"""

import os
import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from ingest.privacy.errors import KeysAwayError, KeysFaultError
from ingest.privacy.key_store import Held, Subject
from ingest.privacy.restricted_rows import (
    IS_RESTRICTED,
    TABLE,
    forget_destroyed,
    restricted_among,
    restricted_under,
    set_aside,
)
from ingest.privacy.subject_key import DATA_KEY_BYTES, SubjectKey, derived
from schemas.ids import CampusId
from schemas.privacy import KeyRef, KeyWeek

BUSY_S: Final = 2.0
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS campus_keys (campus_id TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subject_keys (
    key_ref TEXT PRIMARY KEY,
    campus_id TEXT NOT NULL,
    week INTEGER NOT NULL,
    handle BLOB UNIQUE,
    wrapped BLOB,
    destroyed_ms INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS living_by_week ON subject_keys (week, campus_id) WHERE destroyed_ms IS NULL;
CREATE TABLE IF NOT EXISTS generation (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL);
INSERT OR IGNORE INTO generation VALUES (1, 0);
"""
_NAMED: Final = "SELECT campus_id, wrapped FROM subject_keys WHERE key_ref = ? AND handle IS NOT NULL"
"""Destroyed and restricted keys have no handle."""
_DESTROY: Final = "UPDATE subject_keys SET wrapped = NULL, handle = NULL, destroyed_ms = ? WHERE destroyed_ms IS NULL"


class SqliteKeys:
    """A :class:`~ingest.privacy.key_store.KeyStore` in a file of mode 600, made at first use."""

    def __init__(self, path: Path, master: bytes) -> None:
        """Raises: KeysAwayError: the file can be neither made nor opened."""
        self._master = derived(master, b"campus keys")
        self._campus_keys: dict[CampusId, bytes] = {}
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._database = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise KeysAwayError(type(error).__name__) from error
        with self._reading() as database:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY"):
                database.execute(f"PRAGMA {pragma}")
            database.executescript(_TABLES + TABLE)

    def ensure(self, subjects: Collection[Subject]) -> Held:
        """See :meth:`~ingest.privacy.key_store.KeyStore.ensure`."""
        generation = self.generation()  # before the keys: if one is destroyed between, the caller sees an older number
        found = dict(self.find(subjects))
        missing = [subject for subject in subjects if subject not in found]
        if missing:
            with self._writing() as database:
                for subject in missing:
                    self._make(database, subject)
            found |= self.find(missing)
        return Held(found, generation)

    def find(self, subjects: Collection[Subject]) -> dict[Subject, SubjectKey]:
        """See :meth:`~ingest.privacy.key_store.KeyStore.find`."""
        found = {}
        with self._reading() as database:
            for subject in subjects:
                campus_key = self._campus_key(database, subject.campus_id)
                row = (
                    campus_key
                    and database.execute(
                        "SELECT key_ref, wrapped FROM subject_keys WHERE handle = ?", (_handle(campus_key, subject),)
                    ).fetchone()
                )
                if campus_key and row:
                    found[subject] = SubjectKey(KeyRef(row[0]), _unwrap(_wrapping(campus_key), row[1]))
        return found

    def named(self, key_refs: Collection[KeyRef]) -> dict[KeyRef, SubjectKey]:
        """See :meth:`~ingest.privacy.key_store.KeyStore.named`."""
        found = {}
        with self._reading() as database:
            for key_ref in set(key_refs):
                row = database.execute(_NAMED, (key_ref,)).fetchone()
                campus_key = row and self._campus_key(database, row[0])
                if campus_key:
                    found[key_ref] = SubjectKey(key_ref, _unwrap(_wrapping(campus_key), row[1]))
        return found

    def weeks_of(self, campus_id: CampusId, pupil_token: str) -> dict[KeyWeek, KeyRef]:
        """See :meth:`~ingest.privacy.key_store.KeyStore.weeks_of`."""
        with self._reading() as database:
            return self._weeks_of(database, campus_id, pupil_token)

    def destroy(self, campus_id: CampusId, pupil_token: str, at_ms: int) -> tuple[KeyRef, ...]:
        """See :meth:`~ingest.privacy.key_store.KeyStore.destroy`."""
        with self._writing() as database:
            living = self._weeks_of(database, campus_id, pupil_token).values()
            key_refs = tuple(sorted({*living, *self._restricted_of(database, campus_id, pupil_token)}))
            for key_ref in key_refs:
                database.execute(f"{_DESTROY} AND key_ref = ?", (at_ms, key_ref))
            _rise(database)
        self._forget_log()
        return key_refs

    def restrict(self, campus_id: CampusId, pupil_token: str, at_ms: int) -> tuple[KeyRef, ...]:
        """See :meth:`~ingest.privacy.key_store.KeyStore.restrict`."""
        with self._writing() as database:
            for key_ref in self._weeks_of(database, campus_id, pupil_token).values():
                set_aside(database, key_ref, at_ms)
            _rise(database)
            return self._restricted_of(database, campus_id, pupil_token)

    def restricted(self, key_refs: Collection[KeyRef]) -> frozenset[KeyRef]:
        """See :meth:`~ingest.privacy.key_store.KeyStore.restricted`."""
        with self._reading() as database:
            return restricted_among(database, key_refs)

    def restricted_of(self, campus_id: CampusId, pupil_token: str) -> tuple[KeyRef, ...]:
        """See :meth:`~ingest.privacy.key_store.KeyStore.restricted_of`."""
        with self._reading() as database:
            return self._restricted_of(database, campus_id, pupil_token)

    def destroy_restricted(self, key_refs: Collection[KeyRef], at_ms: int) -> None:
        """See :meth:`~ingest.privacy.key_store.KeyStore.destroy_restricted`."""
        with self._writing() as database:
            for key_ref in key_refs:
                database.execute(f"{_DESTROY} AND key_ref = ? AND {IS_RESTRICTED}", (at_ms, key_ref))
            _rise(database)
        self._forget_log()

    def destroy_ended(self, before: KeyWeek, keep: Collection[CampusId], at_ms: int) -> int:
        """See :meth:`~ingest.privacy.key_store.KeyStore.destroy_ended`."""
        with self._writing() as database:
            destroyed = 0
            for campus_id in self._campuses_before(database, before):
                if campus_id not in keep:
                    made = database.execute(f"{_DESTROY} AND week < ? AND campus_id = ?", (at_ms, before, campus_id))
                    destroyed += made.rowcount
            if destroyed:
                _rise(database)
        self._forget_log()
        return destroyed

    def count_ended(self, before: KeyWeek, keep: Collection[CampusId]) -> int:
        """See :meth:`~ingest.privacy.key_store.KeyStore.count_ended`."""
        with self._reading() as database:
            return sum(
                number
                for campus_id, number in database.execute(
                    "SELECT campus_id, count(*) FROM subject_keys WHERE destroyed_ms IS NULL AND week < ? GROUP BY 1",
                    (before,),
                )
                if campus_id not in keep
            )

    def generation(self) -> int:
        """See :meth:`~ingest.privacy.key_store.KeyStore.generation`."""
        with self._reading() as database:
            return int(database.execute("SELECT number FROM generation").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _weeks_of(self, database: sqlite3.Connection, campus_id: CampusId, pupil_token: str) -> dict[KeyWeek, KeyRef]:
        campus_key = self._campus_key(database, campus_id)
        if campus_key is None:
            return {}
        weeks = database.execute(
            "SELECT DISTINCT week FROM subject_keys WHERE destroyed_ms IS NULL AND campus_id = ?", (campus_id,)
        ).fetchall()
        found = {}
        for (week,) in weeks:
            handle = _handle(campus_key, Subject(campus_id, pupil_token, week))
            row = database.execute("SELECT key_ref FROM subject_keys WHERE handle = ?", (handle,)).fetchone()
            if row:
                found[KeyWeek(week)] = KeyRef(row[0])
        return found

    def _restricted_of(self, database: sqlite3.Connection, campus_id: CampusId, pupil_token: str) -> tuple[KeyRef, ...]:
        campus_key = self._campus_key(database, campus_id)
        if campus_key is None:
            return ()
        return restricted_under(
            database, campus_id, lambda week: _handle(campus_key, Subject(campus_id, pupil_token, week))
        )

    def _make(self, database: sqlite3.Connection, subject: Subject) -> None:
        campus_key = self._campus_key(database, subject.campus_id) or self._make_campus_key(database, subject.campus_id)
        wrapped = aes_key_wrap(_wrapping(campus_key), secrets.token_bytes(DATA_KEY_BYTES))
        database.execute(
            "INSERT OR IGNORE INTO subject_keys VALUES (?, ?, ?, ?, ?, NULL)",
            (secrets.token_urlsafe(12), subject.campus_id, subject.week, _handle(campus_key, subject), wrapped),
        )

    def _campus_key(self, database: sqlite3.Connection, campus_id: CampusId) -> bytes | None:
        key = self._campus_keys.get(campus_id)
        if key is None:
            row = database.execute("SELECT wrapped FROM campus_keys WHERE campus_id = ?", (campus_id,)).fetchone()
            if row is None:
                return None
            key = self._campus_keys[campus_id] = _unwrap(self._master, row[0])
        return key

    def _make_campus_key(self, database: sqlite3.Connection, campus_id: CampusId) -> bytes:
        """Not remembered yet: the transaction may still come to nothing."""
        key = secrets.token_bytes(DATA_KEY_BYTES)
        database.execute("INSERT INTO campus_keys VALUES (?, ?)", (campus_id, aes_key_wrap(self._master, key)))
        return key

    def _campuses_before(self, database: sqlite3.Connection, week: KeyWeek) -> list[CampusId]:
        found = database.execute(
            "SELECT DISTINCT campus_id FROM subject_keys WHERE destroyed_ms IS NULL AND week < ?", (week,)
        )
        return [CampusId(campus_id) for (campus_id,) in found]

    def _forget_log(self) -> None:
        """Write the log back and cut it to nothing, so that no copy of a destroyed key is left in it."""
        with self._reading() as database:
            busy = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise KeysAwayError("密钥已销毁，写前日志待清 / destroyed; the write-ahead log still has to be cut, repeat")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._database
            except sqlite3.DatabaseError as error:
                raise KeysAwayError(type(error).__name__) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise


def _rise(database: sqlite3.Connection) -> None:
    """After every destruction and restriction."""
    forget_destroyed(database)
    database.execute("UPDATE generation SET number = number + 1")


def _handle(campus_key: bytes, subject: Subject) -> bytes:
    return derived(derived(campus_key, b"handle"), f"{subject.week}|{subject.pupil_token}".encode())


def _wrapping(campus_key: bytes) -> bytes:
    return derived(campus_key, b"wrap")


def _unwrap(key: bytes, wrapped: bytes) -> bytes:
    try:
        return aes_key_unwrap(key, wrapped)
    except InvalidUnwrap as error:
        raise KeysFaultError("解包失败 / a key cannot be unwrapped") from error
