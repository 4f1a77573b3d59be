"""Synthetic roads: polylines that wind as much as the terrain makes them, with places along them by distance."""

import random
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, degrees, hypot, radians, sin
from typing import Final

from deploy.demo.geography import Point, Terrain, offset_m

SINUOSITY: Final[dict[Terrain, float]] = {Terrain.PLAIN: 1.1, Terrain.HILL: 1.3, Terrain.MOUNTAIN: 1.5}
"""Length of a road over the straight distance between its ends."""
_CORNER_EVERY_M: Final = 400.0


@dataclass(frozen=True)
class Road:
    """A polyline from its first to its last point."""

    corners: tuple[Point, ...]
    reached_m: tuple[float, ...]
    """Distance from the beginning at each corner."""

    @property
    def length_m(self) -> float:
        """Its length."""
        return self.reached_m[-1]

    def at(self, distance_m: float) -> Point:
        """The place after this distance; before the beginning and after the end it is those."""
        index, share = self._leg(distance_m)
        start, end = self.corners[index], self.corners[index + 1]
        return Point(
            start.longitude_deg + share * (end.longitude_deg - start.longitude_deg),
            start.latitude_deg + share * (end.latitude_deg - start.latitude_deg),
        )

    def bearing_deg(self, distance_m: float) -> float:
        """Direction of the road there, clockwise from north, 0 to 359.9."""
        index, _ = self._leg(distance_m)
        east_m, north_m = offset_m(self.corners[index], self.corners[index + 1])
        return round(degrees(atan2(east_m, north_m)) % 360, 1) % 360

    def _leg(self, distance_m: float) -> tuple[int, float]:
        index = min(max(bisect_right(self.reached_m, distance_m) - 1, 0), len(self.corners) - 2)
        span_m = self.reached_m[index + 1] - self.reached_m[index]
        return index, min(max((distance_m - self.reached_m[index]) / span_m, 0.0), 1.0)


def road_through(corners: tuple[Point, ...]) -> Road:
    """The road along these points; two neighbours are never the same point."""
    reached = [0.0]
    for start, end in pairwise(corners):
        reached.append(reached[-1] + hypot(*offset_m(start, end)))
    return Road(corners, tuple(reached))


def road_from(end: Point, length_m: float, terrain: Terrain, chance: random.Random) -> Road:
    """A road of about ``length_m`` that leads from the country to ``end``, in a random direction."""
    straight_m = length_m / SINUOSITY[terrain]
    heading = chance.uniform(0, 360)
    pieces = max(3, round(straight_m / _CORNER_EVERY_M))
    bends = [chance.uniform(-1, 1) for _ in range(pieces - 1)]
    amplitude_m = _amplitude_for(length_m, straight_m / pieces, bends)
    corners = [_along(end, heading, straight_m, 0.0)]
    for number, bend in enumerate(bends, start=1):
        corners.append(_along(end, heading, straight_m * (1 - number / pieces), amplitude_m * bend))
    return road_through((*corners, end))


def _amplitude_for(length_m: float, step_m: float, bends: list[float]) -> float:
    """How far the bends must swing so that the road gets its length; found by halving."""
    low, high = 0.0, 10_000.0
    for _ in range(24):
        middle = (low + high) / 2
        long_enough = sum(hypot(step_m, middle * (b - a)) for a, b in pairwise((0.0, *bends, 0.0))) >= length_m
        low, high = (low, middle) if long_enough else (middle, high)
    return high


def _along(end: Point, heading_deg: float, back_m: float, aside_m: float) -> Point:
    east, north = sin(radians(heading_deg)), cos(radians(heading_deg))
    return end.moved(east * back_m + north * aside_m, north * back_m - east * aside_m)
