"""Positions as a track: where it is interrupted, and how few of them draw the same line. Pure.

Coordinates are WGS-84 degrees; distances are metres on a plane, which is exact enough within a county.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

GAP_MS: Final = 330_000
"""A parked bus reports every 300 s: longer silence is a gap."""
_METRES_PER_DEGREE: Final = 111_320.0


class Fix(NamedTuple):
    """Where a bus was at an instant."""

    at_ms: int
    latitude_deg: float
    longitude_deg: float
    speed_kmh: float


class Gap(NamedTuple):
    """From the last position before a silence to the first after it."""

    from_ms: int
    to_ms: int
    distance_m: float


def segments(fixes: Iterable[Fix], gap_ms: int = GAP_MS) -> Iterator[list[Fix]]:
    """The parts of a track between its gaps; fixes come in the order of time."""
    part: list[Fix] = []
    for fix in fixes:
        if part and fix.at_ms - part[-1].at_ms > gap_ms:
            yield part
            part = []
        part.append(fix)
    if part:
        yield part


def gaps(parts: Sequence[list[Fix]]) -> list[Gap]:
    """The silences between the parts of a track."""
    return [Gap(one[-1].at_ms, two[0].at_ms, round(distance_m(one[-1], two[0]), 1)) for one, two in pairwise(parts)]


def distance_m(one: Fix, two: Fix) -> float:
    """Metres between two positions."""
    east, north = _plane(two, one)
    return math.hypot(east, north)


def simplified(fixes: Sequence[Fix], tolerance_m: float) -> list[Fix]:
    """The fixes without those that lie within the tolerance of the line that the others draw (Douglas–Peucker)."""
    if tolerance_m <= 0 or len(fixes) < 3:
        return list(fixes)
    kept = {0, len(fixes) - 1}
    waiting = [(0, len(fixes) - 1)]
    while waiting:
        first, last = waiting.pop()
        farthest, away_m = _farthest(fixes, first, last)
        if away_m > tolerance_m:
            kept.add(farthest)
            waiting += [(first, farthest), (farthest, last)]
    return [fixes[number] for number in sorted(kept)]


def _farthest(fixes: Sequence[Fix], first: int, last: int) -> tuple[int, float]:
    return max(
        ((number, _from_line_m(fixes[number], fixes[first], fixes[last])) for number in range(first + 1, last)),
        key=lambda found: found[1],
        default=(first, 0.0),
    )


def _from_line_m(fix: Fix, start: Fix, end: Fix) -> float:
    """Metres from a position to the stretch between two others."""
    east, north = _plane(fix, start)
    line_east, line_north = _plane(end, start)
    length2 = line_east**2 + line_north**2
    share = 0.0 if length2 == 0 else max(0.0, min(1.0, (east * line_east + north * line_north) / length2))
    return math.hypot(east - share * line_east, north - share * line_north)


def _plane(fix: Fix, origin: Fix) -> tuple[float, float]:
    east = (fix.longitude_deg - origin.longitude_deg) * math.cos(math.radians(origin.latitude_deg))
    return east * _METRES_PER_DEGREE, (fix.latitude_deg - origin.latitude_deg) * _METRES_PER_DEGREE
