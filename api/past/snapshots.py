"""Finds the snapshot that an instant is folded on from. Blocking; the client gives strings as bytes."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from clickhouse_driver import Client

from schemas.ids import CampusId, SystemName
from streams.archive.store_client import rows
from streams.core.system import System

_NEWEST: Final = (
    "SELECT campus_id, system, max(position) FROM snapshots "
    "WHERE campus_id IN %(campus_ids)s AND (system, fold_version) IN %(folds)s AND {bound} GROUP BY campus_id, system"
)
_VALUES: Final = (
    "SELECT campus_id, system, position, value FROM snapshots "
    "WHERE (campus_id, system, position) IN %(places)s AND (system, fold_version) IN %(folds)s"
)
_BOUNDS: Final = {
    "position": "position <= %(bound)s",
    "clock": "clock_at <= fromUnixTimestamp64Milli(toInt64(%(bound)s), 'UTC')",
}


class DocumentId(NamedTuple):
    """Whose document: as in the key ``<campus>/<system>``."""

    campus_id: CampusId
    system: SystemName


class Snapshot(NamedTuple):
    """A stored document and the offset up to which it holds the log."""

    position: int
    value: bytes


def newest_by_position(
    client: Client, campus_ids: Iterable[CampusId], systems: Mapping[SystemName, System[Any]], last_offset: int
) -> dict[DocumentId, Snapshot]:
    """The newest snapshot of each document that holds nothing after ``last_offset``. One partition's campuses only."""
    return _newest(client, campus_ids, systems, "position", last_offset)


def newest_by_clock(
    client: Client, campus_ids: Iterable[CampusId], systems: Mapping[SystemName, System[Any]], at_ms: int
) -> dict[DocumentId, Snapshot]:
    """The newest snapshot of each document whose own clock had not passed ``at_ms``: all in it had happened by then."""
    return _newest(client, campus_ids, systems, "clock", at_ms)


def _newest(
    client: Client,
    campus_ids: Iterable[CampusId],
    systems: Mapping[SystemName, System[Any]],
    kind: str,
    bound: int,
) -> dict[DocumentId, Snapshot]:
    folds = tuple((str(name), system.version) for name, system in systems.items())
    asked = {"campus_ids": tuple(campus_ids), "folds": folds, "bound": bound}
    if not asked["campus_ids"] or not folds:
        return {}
    found = rows(client, _NEWEST.format(bound=_BOUNDS[kind]), asked)
    if not found:
        return {}
    places = tuple((campus.decode(), system.decode(), position) for campus, system, position in found)
    values = rows(client, _VALUES, {"places": places, "folds": folds})
    return {
        DocumentId(CampusId(campus.decode()), SystemName(system.decode())): Snapshot(position, value)
        for campus, system, position, value in values
    }
