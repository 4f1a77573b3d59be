"""Rows of keys that are kept and given to nobody: what a legal hold leaves of an approved erasure.

A key that is set aside loses its handle in ``subject_keys``, so no pupil leads to it any more, and what comes of the
pupil later is sealed under a new key. The handle stands here: who knows the pupil can be told why there is nothing.
"""

import sqlite3
from collections.abc import Callable, Collection
from typing import Final

from schemas.ids import CampusId
from schemas.privacy import KeyRef, KeyWeek

TABLE: Final = """
CREATE TABLE IF NOT EXISTS restricted_keys (
    key_ref TEXT PRIMARY KEY,
    campus_id TEXT NOT NULL,
    week INTEGER NOT NULL,
    handle BLOB NOT NULL,
    restricted_ms INTEGER NOT NULL
) WITHOUT ROWID;
"""
IS_RESTRICTED: Final = "key_ref IN (SELECT key_ref FROM restricted_keys)"
"""A condition on rows of ``subject_keys``."""


def set_aside(database: sqlite3.Connection, key_ref: KeyRef, at_ms: int) -> None:
    """Restrict one living key."""
    database.execute(
        "INSERT INTO restricted_keys SELECT key_ref, campus_id, week, handle, ? FROM subject_keys WHERE key_ref = ?",
        (at_ms, key_ref),
    )
    database.execute("UPDATE subject_keys SET handle = NULL WHERE key_ref = ?", (key_ref,))


def restricted_among(database: sqlite3.Connection, key_refs: Collection[KeyRef]) -> frozenset[KeyRef]:
    """Those of the keys that are restricted."""
    sql = "SELECT count(*) FROM restricted_keys WHERE key_ref = ?"
    return frozenset(key_ref for key_ref in key_refs if database.execute(sql, (key_ref,)).fetchone()[0])


def restricted_under(
    database: sqlite3.Connection, campus_id: CampusId, handle_in: Callable[[KeyWeek], bytes]
) -> tuple[KeyRef, ...]:
    """The restricted keys of the pupil whose handle in a week ``handle_in`` gives, sorted."""
    found = database.execute("SELECT key_ref, week, handle FROM restricted_keys WHERE campus_id = ?", (campus_id,))
    return tuple(sorted(KeyRef(key_ref) for key_ref, week, handle in found if handle == handle_in(KeyWeek(week))))


def forget_destroyed(database: sqlite3.Connection) -> None:
    """What is destroyed is not restricted any more."""
    database.execute(
        "DELETE FROM restricted_keys WHERE key_ref IN (SELECT key_ref FROM subject_keys WHERE destroyed_ms IS NOT NULL)"
    )
