"""Legal holds (证据保全): facts in the store, newest version first; what they cover is not deleted."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from clickhouse_driver import Client

from deploy.retention.faults import empty_hold, no_such_hold
from schemas.ids import CampusId, SystemName
from streams.archive.store_client import rows

_COLUMNS = "hold_id, campus_ids, systems, from_at, to_at, reason, placed_by, placed_at, released_at, version"
_READ = """
SELECT hold_id, campus_ids, systems, toUnixTimestamp64Milli(from_at), toUnixTimestamp64Milli(to_at), reason, placed_by,
       toUnixTimestamp64Milli(placed_at),
       if(isNull(released_at), NULL, toUnixTimestamp64Milli(assumeNotNull(released_at)))
FROM legal_holds FINAL
ORDER BY placed_at, hold_id
"""


@dataclass(frozen=True)
class Hold:
    """What happened on these campuses in this time is kept until the hold is released. Instants in epoch ms."""

    hold_id: str
    campus_ids: tuple[CampusId, ...]
    systems: tuple[SystemName, ...]
    """Empty: every system."""
    from_ms: int
    to_ms: int
    """Exclusive."""
    reason: str
    placed_by: str
    placed_ms: int
    released_ms: int | None = None


def place_hold(  # noqa: PLR0913 — a hold has these parts
    client: Client,
    campuses: Iterable[CampusId],
    systems: Iterable[SystemName],
    *,
    from_ms: int,
    to_ms: int,
    reason: str,
    placed_by: str,
    now_ms: int,
) -> Hold:
    """Put a hold in force; it counts for what is in the store as soon as retention is applied.

    Raises:
        HoldRefusedError: it covers nothing.
    """
    campus_ids = tuple(sorted(set(campuses)))
    if not campus_ids or to_ms <= from_ms:
        raise empty_hold()
    hold_id = f"hold-{secrets.token_hex(6)}"
    hold = Hold(hold_id, campus_ids, tuple(sorted(set(systems))), from_ms, to_ms, reason, placed_by, now_ms)
    _write(client, hold, now_ms)
    return hold


def release_hold(client: Client, hold_id: str, now_ms: int) -> Hold:
    """End a hold; what is past its time goes when retention is applied next.

    Raises:
        HoldRefusedError: there is no such hold in force.
    """
    for hold in holds_in_force(client):
        if hold.hold_id == hold_id:
            released = replace(hold, released_ms=now_ms)
            _write(client, released, max(now_ms, hold.placed_ms + 1))
            return released
    raise no_such_hold(hold_id)


def all_holds(client: Client) -> list[Hold]:
    """Every hold there ever was, in the order in which they were placed."""
    return [
        Hold(row[0], tuple(map(CampusId, row[1])), tuple(map(SystemName, row[2])), *row[3:])
        for row in rows(client, _READ)
    ]


def holds_in_force(client: Client) -> list[Hold]:
    """The holds that are not released."""
    return [hold for hold in all_holds(client) if hold.released_ms is None]


def _write(client: Client, hold: Hold, version: int) -> None:
    row = (
        hold.hold_id,
        list(hold.campus_ids),
        list(hold.systems),
        *map(_instant, (hold.from_ms, hold.to_ms)),
        hold.reason,
        hold.placed_by,
        _instant(hold.placed_ms),
        None if hold.released_ms is None else _instant(hold.released_ms),
        version,
    )
    client.execute(f"INSERT INTO legal_holds ({_COLUMNS}) VALUES", [row])


def _instant(instant_ms: int) -> datetime:
    return datetime.fromtimestamp(instant_ms / 1000, UTC)
