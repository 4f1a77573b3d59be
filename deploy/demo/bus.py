"""One school bus of the county: its day as drafts, and how its terminal sends."""

from collections.abc import Iterator

from deploy.demo.bus_run import Mishaps, drive_day
from deploy.demo.dice import dice
from deploy.demo.draft import Draft, by_time, in_order
from deploy.demo.gps import positions
from deploy.demo.incidents import Kind, Script
from deploy.demo.plan import CampusPlan
from deploy.demo.school_day import SchoolDay
from deploy.demo.source import NEVER, Source, Window
from deploy.demo.trips import Trip, plan_route, plan_trips
from schemas.clock import MINUTE_MS

COPY_SHARE = 0.005
MOST_SKEW_MS = 30_000
BLIND_TRIP_SHARE = 0.2
"""Trips of mountain counties that cross a blind zone: 2–5 % of the positions under way come late."""


def bus_drafts(campus: CampusPlan, bus_id: str, day: SchoolDay, seed: int, script: Script) -> Iterator[Draft]:
    """Everything that the bus reports, in order."""
    route = plan_route(campus, bus_id, seed)
    trips = planned_trips(campus, bus_id, day, seed)
    mishaps = Mishaps(
        held_up=script.window(Kind.LATE_BUS, campus.campus_id, bus_id),
        child_left=script.window(Kind.CHILD_LEFT, campus.campus_id, bus_id),
    )
    driven = drive_day(bus_id, route, trips, day, mishaps, dice(seed, "drive", bus_id, day.number))
    fixes = positions(bus_id, route.road, driven.movements, dice(seed, "gps", bus_id, day.number))
    return in_order(fixes, by_time(driven.drafts))


def planned_trips(campus: CampusPlan, bus_id: str, day: SchoolDay, seed: int) -> tuple[Trip, ...]:
    """The bus's trips of the day."""
    route = plan_route(campus, bus_id, seed)
    return plan_trips(campus, route, day, dice(seed, "trips", bus_id, day.number))


def bus_source(campus: CampusPlan, bus_id: str, day: SchoolDay, seed: int, script: Script) -> Source:
    """How the bus's terminal sends: over the mobile network, with a clock of its own."""
    chance = dice(seed, "terminal", bus_id)
    return Source(
        campus_id=campus.campus_id,
        name=bus_id,
        boot_id=day.number,
        delay_ms=chance.randrange(400, 1_500),
        skew_ms=chance.randrange(-MOST_SKEW_MS, MOST_SKEW_MS),
        copy_share=COPY_SHARE,
        twice=script.window(Kind.SENT_TWICE, campus.campus_id) or NEVER,
        held=_blind_zones(campus, bus_id, day, seed, script),
    )


def _blind_zones(campus: CampusPlan, bus_id: str, day: SchoolDay, seed: int, script: Script) -> tuple[Window, ...]:
    scripted = script.window(Kind.BLIND_ZONE, campus.campus_id, bus_id)
    if scripted:
        return (scripted,)
    if not campus.has_blind_zones:
        return ()
    chance = dice(seed, "blind", bus_id, day.number)
    zones = []
    for trip in planned_trips(campus, bus_id, day, seed):
        length_ms = chance.randrange(1 * MINUTE_MS, 9 * MINUTE_MS)
        latest_ms = trip.planned_end_ms - length_ms
        if chance.random() < BLIND_TRIP_SHARE and latest_ms > trip.planned_start_ms:
            from_ms = chance.randrange(trip.planned_start_ms, latest_ms)
            zones.append(Window(from_ms, from_ms + length_ms))
    return tuple(zones)
