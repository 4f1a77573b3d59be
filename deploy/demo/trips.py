"""What a bus is to do on a day: its route, its stops, who waits there, and the trips with their planned times."""

import hashlib
import random
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from deploy.demo.dice import dice
from deploy.demo.plan import CampusPlan
from deploy.demo.roads import Road, road_from
from deploy.demo.school_day import SchoolDay
from schemas.clock import MINUTE_MS, SECOND_MS
from schemas.systems.school_bus import Direction

PLANNED_KMH: Final = 26.0
PLANNED_DWELL_MS: Final = 60 * SECOND_MS
EMPTY_KMH: Final = 36.0
SEATS: Final = 41
_TURN_ROUND_MS: Final = 5 * MINUTE_MS
_TWO_WAVES_BELOW_M: Final = 13_000.0


@dataclass(frozen=True)
class Stop:
    """A place where the bus halts, and the pupils who get on (or, on the way home, off) there."""

    stop_id: str
    at_m: float
    """Distance from the country end of the route's road."""
    riders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """A bus's road with its stops, country end first, school last."""

    route_id: str
    road: Road
    stops: tuple[Stop, ...]
    school: Stop
    seats: int


@dataclass(frozen=True)
class Trip:
    """One planned run: stops in the order of travel, the school among them (last or first)."""

    trip_id: str
    direction: Direction
    stops: tuple[Stop, ...]
    planned_ms: tuple[int, ...]
    """Planned arrival at each stop."""

    @property
    def planned_start_ms(self) -> int:
        """When it is to begin, at its first stop."""
        return self.planned_ms[0]

    @property
    def planned_end_ms(self) -> int:
        """When it is to be at its last stop."""
        return self.planned_ms[-1]


def travel_ms(distance_m: float, speed_kmh: float) -> int:
    """Time for a distance at a mean speed."""
    return round(abs(distance_m) / (speed_kmh / 3.6) * SECOND_MS)


def plan_route(campus: CampusPlan, bus_id: str, seed: int) -> Route:
    """The route of a bus; the same every day."""
    chance = dice(seed, "route", bus_id)
    road = road_from(campus.position, chance.triangular(6_000, 25_000, 8_500), campus.terrain, chance)
    count = chance.randrange(8, 16)
    step_m = road.length_m / (count + 1)
    riders = _riders(campus, bus_id, _is_driven_twice(road), chance)
    stops = tuple(
        Stop(
            stop_id=f"stop-{bus_id.removeprefix('bus-')}-{number + 1:02d}",
            at_m=max(0.0, (number + chance.uniform(-0.25, 0.25)) * step_m),
            riders=tuple(riders[number::count]),
        )
        for number in range(count)
    )
    school = Stop(f"stop-{campus.short}-school", road.length_m)
    return Route(f"route-{bus_id.removeprefix('bus-')}", road, stops, school, SEATS)


def plan_trips(campus: CampusPlan, route: Route, day: SchoolDay, chance: random.Random) -> tuple[Trip, ...]:
    """The day's trips in order of time: one or two to school, as many home."""
    waves = _waves(route)
    trips: list[Trip] = []
    start_ms = day.at(6, 22) + chance.randrange(0, 12 * MINUTE_MS, SECOND_MS)
    for number, stops in enumerate(waves, start=1):
        trips.append(_trip(f"{number}", Direction.TO_SCHOOL, (*stops, route.school), start_ms, route, day))
        if number < len(waves):
            start_ms = trips[-1].planned_end_ms + _TURN_ROUND_MS + _empty_ms(route, waves[number][0])
    leave_ms = day.at(17, 35) if campus.stage == "junior" else day.at(16, 35)
    for number, stops in enumerate(reversed(waves), start=len(waves) + 1):
        home = (route.school, *reversed(stops))
        trips.append(_trip(f"{number}", Direction.TO_HOME, home, leave_ms, route, day))
        leave_ms = trips[-1].planned_end_ms + _TURN_ROUND_MS + _empty_ms(route, home[-1])
    return tuple(trips)


def _waves(route: Route) -> tuple[tuple[Stop, ...], ...]:
    """A short route is driven twice, the far stops first; a long one once."""
    if not _is_driven_twice(route.road):
        return (route.stops,)
    half = len(route.stops) // 2
    return route.stops[:half], route.stops[half:]


def _empty_ms(route: Route, stop: Stop) -> int:
    return travel_ms(route.school.at_m - stop.at_m, EMPTY_KMH)


def _trip(  # noqa: PLR0913, PLR0917 — each is a part of the plan that differs from trip to trip
    suffix: str, direction: Direction, stops: tuple[Stop, ...], start_ms: int, route: Route, day: SchoolDay
) -> Trip:
    planned = [start_ms]
    for here, there in pairwise(stops):
        planned.append(planned[-1] + PLANNED_DWELL_MS + travel_ms(there.at_m - here.at_m, PLANNED_KMH))
    trip_id = f"trip-{day.number}-{route.route_id.removeprefix('route-')}-{suffix}"
    return Trip(trip_id, direction, stops, tuple(planned))


def _is_driven_twice(road: Road) -> bool:
    return road.length_m < _TWO_WAVES_BELOW_M


def _riders(campus: CampusPlan, bus_id: str, is_driven_twice: bool, chance: random.Random) -> list[str]:  # noqa: FBT001 — a fact
    """As many as have a seat on each run: the stops of a route that is driven twice are shared between two runs."""
    wanted = chance.randrange(44, 71) if is_driven_twice else chance.randrange(24, SEATS)
    wanted = min(wanted, campus.pupils // 2 // len(campus.bus_ids))
    return [pupil_token(f"{bus_id}/{number}") for number in range(wanted)]


def pupil_token(name: str) -> str:
    """A pupil's token as a campus would make it; here of an invented name."""
    return "p_" + hashlib.blake2s(name.encode(), digest_size=8).hexdigest()
