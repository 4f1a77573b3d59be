"""A child's own trips of the last thirty days, from the archive: when it got on and off, and nothing else."""

from collections.abc import Collection
from typing import Final, NamedTuple

from clickhouse_driver import Client

from api.authority.scope import Scope, Slot
from api.guardian.bus_states import BUS_SYSTEM
from api.history.predicate import where
from schemas.clock import DAY_MS
from schemas.guardianship import Guardianship
from schemas.ids import SystemName
from streams.archive.store_client import rows

TRIPS_DAYS: Final = 30
_MOST: Final = 400
_RIDES: Final = """
SELECT
    JSONExtractString(data, 'trip_id') AS trip_id,
    maxIf(toUnixTimestamp64Milli(occurred_at), type = 'school_bus.pupil.boarded.v1') AS boarded_ms,
    maxIf(toUnixTimestamp64Milli(occurred_at), type = 'school_bus.pupil.alighted.v1') AS alighted_ms
FROM events FINAL
WHERE {scope}
    AND type IN ('school_bus.pupil.boarded.v1', 'school_bus.pupil.alighted.v1')
    AND JSONExtractString(data, 'pupil_token') IN %(names)s
GROUP BY trip_id
ORDER BY greatest(boarded_ms, alighted_ms) DESC
LIMIT %(most)s
"""
_ROUTES: Final = """
SELECT
    JSONExtractString(data, 'trip_id') AS trip_id,
    argMax(JSONExtractString(data, 'route_id'), occurred_at),
    argMax(JSONExtractString(data, 'direction'), occurred_at)
FROM events FINAL
WHERE {scope}
    AND type IN ('school_bus.trip.planned.v1', 'school_bus.trip.started.v1')
    AND JSONExtractString(data, 'trip_id') IN %(trip_ids)s
GROUP BY trip_id
"""


class PastTrip(NamedTuple):
    """One trip on which the child was; 0 where nothing was read."""

    trip_id: str
    route_id: str
    direction: str
    boarded_ms: int
    alighted_ms: int


def interval_of(child: Guardianship, at_ms: int) -> tuple[int, int]:
    """Which time may be asked for: thirty days, and never before the guardianship began."""
    return max(at_ms - TRIPS_DAYS * DAY_MS, child.from_ms), at_ms + 1


def past_trips(client: Client, child: Guardianship, names: Collection[str], at_ms: int) -> list[PastTrip]:
    """The child's trips, newest first. Blocking; for the threads of the store pool."""
    from_ms, to_ms = interval_of(child, at_ms)
    if from_ms >= to_ms:
        return []
    scope = Scope((Slot(child.campus_id, frozenset({SystemName(BUS_SYSTEM)}), from_ms, to_ms),))
    inside = where(scope, "occurred")
    asked = {**inside.parameters, "names": tuple(sorted(names)), "most": _MOST}
    rides = rows(client, _RIDES.format(scope=inside.sql), asked)
    if not rides:
        return []
    asked = {**inside.parameters, "trip_ids": tuple(ride[0] for ride in rides)}
    routes = {trip_id: (route, way) for trip_id, route, way in rows(client, _ROUTES.format(scope=inside.sql), asked)}
    return [PastTrip(ride[0], *routes.get(ride[0], ("", "")), ride[1], ride[2]) for ride in rides]
