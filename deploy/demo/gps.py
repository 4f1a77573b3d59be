"""Positions as a vehicle terminal reports them: sampled, noisy, now and then far off."""

import random
from collections.abc import Iterable, Iterator
from typing import Final

from deploy.demo.bus_run import Movement, speed_between
from deploy.demo.draft import Draft
from deploy.demo.geography import Point
from deploy.demo.roads import Road
from schemas.clock import SECOND_MS

POSITION: Final = "school_bus.position.reported.v1"
JUMP_SHARE: Final = 0.003
"""How many fixes lie more than 500 m off."""
_ACC_ON_POSITIONED: Final = 0b11
_ACC_OFF_POSITIONED: Final = 0b10


def positions(bus_id: str, road: Road, movements: Iterable[Movement], chance: random.Random) -> Iterator[Draft]:
    """A fix every ``report_s`` of the movement that the bus is in, in order of time."""
    sigma_m = chance.uniform(5, 8)
    mileage_m = chance.uniform(20_000_000, 180_000_000)
    next_ms = 0
    for movement in movements:
        every_ms = movement.report_s * SECOND_MS
        next_ms = min(max(next_ms, movement.from_ms), movement.from_ms + every_ms)
        while next_ms < movement.to_ms:
            share = (next_ms - movement.from_ms) / (movement.to_ms - movement.from_ms)
            place_m, speed_kmh = speed_between(movement, share)
            backwards = movement.to_m < movement.from_m
            yield Draft(
                next_ms,
                POSITION,
                bus_id,
                {
                    **_fix(road.at(place_m), sigma_m, chance),
                    "speed_kmh": round(max(0.0, speed_kmh + chance.gauss(0, 0.6)), 1) if speed_kmh else 0.0,
                    "bearing_deg": (road.bearing_deg(place_m) + 180 * backwards) % 360,
                    "ignition_on": movement.ignition_on,
                    "satellites": chance.randrange(7, 17),
                    "mileage_km": round((mileage_m + abs(place_m - movement.from_m)) / 1000, 1),
                    "status_bits": _ACC_ON_POSITIONED if movement.ignition_on else _ACC_OFF_POSITIONED,
                    "alarm_bits": 0,
                },
            )
            next_ms += every_ms
        mileage_m += abs(movement.to_m - movement.from_m)


def _fix(place: Point, sigma_m: float, chance: random.Random) -> dict[str, float]:
    if chance.random() < JUMP_SHARE:
        place = place.moved(chance.choice((-1, 1)) * chance.uniform(500, 2500), chance.uniform(-1500, 1500))
    seen = place.moved(chance.gauss(0, sigma_m), chance.gauss(0, sigma_m))
    return {"latitude_deg": round(seen.latitude_deg, 6), "longitude_deg": round(seen.longitude_deg, 6)}
