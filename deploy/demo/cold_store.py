"""The eight temperature sensors of a kitchen: a reading every five minutes, and what a failing freezer looks like."""

import random
from collections.abc import Iterator
from typing import Final, NamedTuple

from deploy.demo.draft import Draft
from deploy.demo.school_day import SchoolDay
from deploy.demo.source import Window
from schemas.clock import MINUTE_MS, SECOND_MS

EVERY_MS: Final = 5 * MINUTE_MS
FREEZER: Final = "sensor-freezer-1"
_WARMING_C_PER_MIN: Final = 0.6
_WARMEST_C: Final = 4.0


class Sensor(NamedTuple):
    """One sensor and the temperatures at which its place is kept."""

    name: str
    zone: str
    mean_c: float
    sigma_c: float


SENSORS: Final = (
    Sensor("sensor-fridge-1", "fridge", 3.6, 0.5),
    Sensor("sensor-fridge-2", "fridge", 4.2, 0.6),
    Sensor(FREEZER, "freezer", -19.2, 0.5),
    Sensor("sensor-freezer-2", "freezer", -18.8, 0.4),
    Sensor("sensor-sample-1", "sample", 3.4, 0.4),
    Sensor("sensor-hot-1", "hot_hold", 66.0, 1.2),
    Sensor("sensor-hot-2", "hot_hold", 65.0, 1.2),
    Sensor("sensor-disinfect-1", "disinfect_cabinet", 42.0, 2.0),
)


def readings(sensor: Sensor, day: SchoolDay, failure: Window | None, chance: random.Random) -> Iterator[Draft]:
    """The sensor's readings of the day."""
    first_ms = day.opens_ms + chance.randrange(5, 300) * SECOND_MS
    for at_ms in range(first_ms, day.closes_ms, EVERY_MS):
        temp_c = chance.gauss(sensor.mean_c, sensor.sigma_c)
        if failure and failure.holds(at_ms):
            temp_c = min(_WARMEST_C, temp_c + _WARMING_C_PER_MIN * (at_ms - failure.from_ms) / MINUTE_MS)
        yield Draft(at_ms, "canteen.temp.sampled.v1", sensor.name, {"zone": sensor.zone, "temp_c": round(temp_c, 1)})
