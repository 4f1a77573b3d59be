"""Finds the snapshot that an instant is folded on from. Blocking; the client gives strings as bytes."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from clickhouse_driver import Client

from schemas.ids import CampusId, SystemName
from streams.archive.store_client import rows
from streams.core.system import System

_NEWEST: Final = (
    "SELECT campus_id, system, max(position) FROM snapshots "
    "WHERE (campus_id, system) IN %(documents)s AND (system, fold_version) IN %(folds)s "
    "AND position > %(lowest)s AND {bound} GROUP BY campus_id, system"
)
_VALUES: Final = (
    "SELECT campus_id, system, position, value FROM snapshots "
    "WHERE (campus_id, system, position) IN %(places)s AND (system, fold_version) IN %(folds)s"
)
_BY_POSITION: Final = "position <= %(highest)s AND position <= arrayElement(%(bounds)s, partition + 1)"
_BY_CLOCK: Final = "clock_at <= fromUnixTimestamp64Milli(toInt64(%(at_ms)s), 'UTC')"
_NEAR: Final = (30_000, 1_000_000, None)
"""How many records back the newest snapshot is looked for, step by step: a document may have thousands of them."""
Systems = Mapping[SystemName, System[Any]]


class DocumentId(NamedTuple):
    """Whose document: as in the key ``<campus>/<system>``."""

    campus_id: CampusId
    system: SystemName


class Snapshot(NamedTuple):
    """A stored document and the offset up to which it holds the log."""

    position: int
    value: bytes


def newest_by_position(
    client: Client, wanted: Iterable[DocumentId], systems: Systems, last_offsets: Mapping[int, int]
) -> dict[DocumentId, Snapshot]:
    """The newest snapshot of each document that holds nothing after its partition's last offset.

    ``last_offsets`` has every partition that a wanted document lies in.
    """
    bounds = [last_offsets.get(number, 0) for number in range(max(last_offsets, default=-1) + 1)]
    asked = {"bounds": bounds, "highest": max(bounds, default=0)}
    return _newest(client, wanted, systems, last_offsets, (_BY_POSITION, asked))


def newest_by_clock(
    client: Client, wanted: Iterable[DocumentId], systems: Systems, last_offsets: Mapping[int, int], at_ms: int
) -> dict[DocumentId, Snapshot]:
    """The newest snapshot of each document whose own clock had not passed ``at_ms``: all in it had happened by then.

    ``last_offsets``, where the log stood at that instant, says where to look first.
    """
    return _newest(client, wanted, systems, last_offsets, (_BY_CLOCK, {"at_ms": at_ms}))


def _newest(
    client: Client,
    wanted: Iterable[DocumentId],
    systems: Systems,
    last_offsets: Mapping[int, int],
    bound: tuple[str, dict[str, Any]],
) -> dict[DocumentId, Snapshot]:
    """Of each document the newest one within the bound."""
    missing, folds = set(wanted), tuple((str(name), system.version) for name, system in systems.items())
    places: list[tuple[str, str, int]] = []
    condition, asked = bound
    for near in _NEAR:
        if not missing or not last_offsets:
            break
        lowest = -1 if near is None else max(-1, min(last_offsets.values()) - near)
        asked |= {"lowest": lowest, "folds": folds, "documents": tuple((str(c), str(s)) for c, s in sorted(missing))}
        nearest = [
            (campus.decode(), system.decode(), position)
            for campus, system, position in rows(client, _NEWEST.format(bound=condition), asked)
        ]
        missing -= {DocumentId(CampusId(campus), SystemName(system)) for campus, system, _ in nearest}
        places += nearest
    if not places:
        return {}
    values = rows(client, _VALUES, {"places": tuple(places), "folds": folds})
    return {
        DocumentId(CampusId(campus.decode()), SystemName(system.decode())): Snapshot(position, value)
        for campus, system, position, value in values
    }
