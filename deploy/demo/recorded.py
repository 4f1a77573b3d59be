"""Recorded GPS tracks driven by the county's buses: real gaps, jumps and drift instead of synthetic ones.

The file is CSV (gzip if it ends in ``.gz``) with the header ``lat,lng,datetime,uid``: WGS-84 degrees, UTC time as
``2008-10-23 05:53:05``, and the name of the track. Every fix is sent, none is invented. A track is cut into journeys
where it rests; a journey keeps its shape and its pace, and is moved so that it ends at the bus's school.
"""

import csv
import datetime as dt
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from math import atan2, degrees, hypot
from pathlib import Path
from typing import Any, Final, NamedTuple

from deploy.demo.bus_run import CHECKED, crew_of
from deploy.demo.draft import Draft
from deploy.demo.geography import Point, offset_m
from deploy.demo.gps import POSITION
from deploy.demo.school_day import SchoolDay
from schemas.clock import MINUTE_MS, SECOND_MS
from schemas.errors import ConfigurationError

_REST_MS: Final = 20 * MINUTE_MS
_PAUSE_MS: Final = 4 * MINUTE_MS
_FASTEST_KMH: Final = 200.0
_HEADER: Final = ["lat", "lng", "datetime", "uid"]


class Fix(NamedTuple):
    """One recorded position; ``at_ms`` counts from the journey's first fix once it is part of a journey."""

    at_ms: int
    place: Point


Journey = tuple[Fix, ...]


def read_journeys(path: Path) -> list[Journey]:
    """The journeys of a track file, track by track, in order of time.

    Raises:
        ConfigurationError: the file cannot be read or is not of this format.
    """
    try:
        packed = path.read_bytes()
        text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode()
        tracks = _read_tracks(text)
    except (OSError, ValueError, EOFError) as error:
        raise ConfigurationError(
            f"轨迹文件无法读取 / the track file cannot be read: {path}",
            cause=str(error),
            remedy=f"CSV, header {','.join(_HEADER)}",
        ) from error
    return [journey for track in tracks for journey in cut(track)]


def cut(track: Sequence[Fix]) -> Iterator[Journey]:
    """A track's journeys: it is cut where more than 20 min pass between two fixes."""
    begin = 0
    for index, (here, there) in enumerate(pairwise(track), start=1):
        if there.at_ms - here.at_ms > _REST_MS:
            yield _from_zero(track[begin:index])
            begin = index
    if track[begin:]:
        yield _from_zero(track[begin:])


def share_out(journeys: Iterable[Journey], bus_ids: Sequence[str]) -> dict[str, list[Journey]]:
    """Each journey to the bus that has least to drive so far, the longest first.

    Raises:
        ConfigurationError: there is no bus.
    """
    if not bus_ids:
        raise ConfigurationError("没有校车可用 / no bus to drive the track", remedy="--campuses 40")
    load_ms = dict.fromkeys(bus_ids, 0)
    driven: dict[str, list[Journey]] = {bus_id: [] for bus_id in bus_ids}
    for journey in sorted(journeys, key=_length_ms, reverse=True):
        bus_id = min(load_ms, key=lambda name: load_ms[name])
        driven[bus_id].append(journey)
        load_ms[bus_id] += _length_ms(journey) + _PAUSE_MS
    return driven


def recorded_drafts(bus_id: str, school: Point, journeys: Iterable[Journey], day: SchoolDay) -> Iterator[Draft]:
    """One journey after another from 06:24 on, each as a trip, in order."""
    begin_ms = day.opens_ms + _PAUSE_MS
    for number, journey in enumerate(journeys, start=1):
        trip = {"trip_id": f"trip-{day.number}-{bus_id.removeprefix('bus-')}-t{number}"}
        yield from chain(
            _before(bus_id, trip, begin_ms),
            _fixes(bus_id, school, journey, begin_ms),
            _after(bus_id, trip, begin_ms + _length_ms(journey)),
        )
        begin_ms += _length_ms(journey) + _PAUSE_MS


def _read_tracks(text: str) -> list[list[Fix]]:
    rows = csv.reader(io.StringIO(text))
    if next(rows, None) != _HEADER:
        raise ValueError("unexpected header")
    tracks: dict[str, list[Fix]] = {}
    for latitude, longitude, instant, name in rows:
        at = dt.datetime.fromisoformat(instant).replace(tzinfo=dt.UTC)
        fix = Fix(int(at.timestamp()) * SECOND_MS, Point(float(longitude), float(latitude)))
        tracks.setdefault(name, []).append(fix)
    return [sorted(track, key=lambda fix: fix.at_ms) for track in tracks.values()]


def _from_zero(fixes: Sequence[Fix]) -> Journey:
    return tuple(Fix(fix.at_ms - fixes[0].at_ms, fix.place) for fix in fixes)


def _length_ms(journey: Journey) -> int:
    return journey[-1].at_ms


def _fixes(bus_id: str, school: Point, journey: Journey, begin_ms: int) -> Iterator[Draft]:
    last = journey[-1].place
    before = journey[0]
    for fix in journey:
        east_m, north_m = offset_m(before.place, fix.place)
        seconds = (fix.at_ms - before.at_ms) / SECOND_MS
        speed_kmh = hypot(east_m, north_m) / seconds * 3.6 if seconds else 0.0
        back_east_m, back_north_m = offset_m(fix.place, last)
        place = school.moved(-back_east_m, -back_north_m)
        data: dict[str, Any] = {
            "latitude_deg": round(place.latitude_deg, 6),
            "longitude_deg": round(place.longitude_deg, 6),
            "speed_kmh": round(min(speed_kmh, _FASTEST_KMH), 1),
            "bearing_deg": round(degrees(atan2(east_m, north_m)) % 360, 1) % 360,
            "ignition_on": True,
        }
        yield Draft(begin_ms + fix.at_ms, POSITION, bus_id, data)
        before = fix


def _before(bus_id: str, trip: dict[str, str], begin_ms: int) -> Iterator[Draft]:
    crew = crew_of(bus_id)
    checked = trip | {"by_ref": crew["driver_ref"]} | CHECKED
    begun = trip | crew | {"route_id": f"route-{bus_id.removeprefix('bus-')}-t", "direction": "to_school"}
    yield Draft(begin_ms - MINUTE_MS, "school_bus.pretrip.checked.v1", bus_id, checked)
    yield Draft(begin_ms, "school_bus.trip.started.v1", bus_id, begun)


def _after(bus_id: str, trip: dict[str, str], end_ms: int) -> Iterator[Draft]:
    checked = {"by_ref": crew_of(bus_id)["attendant_ref"], "last_row_scanned": True}
    yield Draft(end_ms + SECOND_MS, "school_bus.trip.ended.v1", bus_id, trip | {"ignition_on": False})
    yield Draft(end_ms + MINUTE_MS, "school_bus.childcheck.done.v1", bus_id, trip | checked)
