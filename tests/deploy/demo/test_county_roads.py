"""Roads, trips and the movement of buses along them."""

from itertools import pairwise

import pytest

from deploy.demo.bus import bus_drafts, bus_source, planned_trips
from deploy.demo.bus_run import Mishaps, drive_day, is_seamless, speed_between
from deploy.demo.dice import dice
from deploy.demo.geography import Point, Terrain, offset_m
from deploy.demo.incidents import Script
from deploy.demo.planning import plan_county
from deploy.demo.roads import SINUOSITY, road_from, road_through
from deploy.demo.school_day import SchoolDay
from deploy.demo.trips import plan_route

COUNTY = plan_county()
DAY = SchoolDay(1_795_449_600_000)
BUSES = [(campus, bus_id) for campus in COUNTY.campuses for bus_id in campus.bus_ids]
SCHOOL = Point(115.02, 31.18)


@pytest.mark.parametrize("terrain", list(Terrain))
def test_a_road_has_its_length_and_winds_as_its_terrain_says(terrain: Terrain) -> None:
    road = road_from(SCHOOL, 12_000, terrain, dice(3, terrain))
    east_m, north_m = offset_m(road.corners[0], road.corners[-1])
    assert road.length_m == pytest.approx(12_000, rel=0.01)
    assert road.length_m / (east_m**2 + north_m**2) ** 0.5 == pytest.approx(SINUOSITY[terrain], rel=0.02)
    assert road.corners[-1] == SCHOOL


def test_places_along_a_road_are_where_the_distance_says() -> None:
    road = road_through((SCHOOL, SCHOOL.moved(0, 300), SCHOOL.moved(400, 300)))
    assert offset_m(SCHOOL, road.at(150)) == pytest.approx((0, 150), abs=0.5)
    assert offset_m(SCHOOL, road.at(500)) == pytest.approx((200, 300), abs=0.5)
    assert road.at(-5) == SCHOOL
    assert road.at(9_999) == road.corners[-1]
    assert (road.bearing_deg(10), road.bearing_deg(350)) == (0.0, 90.0)


def test_routes_and_stops_are_within_the_ranges_of_the_county() -> None:
    for campus, bus_id in BUSES:
        route = plan_route(campus, bus_id, COUNTY.seed)
        assert 5_900 <= route.road.length_m <= 25_300
        assert 8 <= len(route.stops) <= 15
        assert all(a.at_m < b.at_m for a, b in pairwise((*route.stops, route.school)))


def test_a_bus_is_somewhere_at_every_instant_of_the_day() -> None:
    for campus, bus_id in BUSES:
        trips = planned_trips(campus, bus_id, DAY, COUNTY.seed)
        route = plan_route(campus, bus_id, COUNTY.seed)
        driven = drive_day(bus_id, route, trips, DAY, Mishaps(), dice(1, bus_id))
        assert is_seamless(driven.movements)
        assert (driven.movements[0].from_ms, driven.movements[-1].to_ms) == (DAY.opens_ms, DAY.closes_ms)
        assert all(0 <= movement.to_m <= route.road.length_m for movement in driven.movements)


def test_a_loaded_bus_keeps_below_60_km_an_hour_and_starts_and_ends_at_rest() -> None:
    campus, bus_id = BUSES[0]
    trips = planned_trips(campus, bus_id, DAY, COUNTY.seed)
    driven = drive_day(bus_id, plan_route(campus, bus_id, COUNTY.seed), trips, DAY, Mishaps(), dice(1, bus_id))
    for movement in driven.movements:
        assert speed_between(movement, 0.0) == (movement.from_m, 0.0)
        place_m, speed_kmh = speed_between(movement, 1.0)
        assert (place_m, speed_kmh) == pytest.approx((movement.to_m, 0.0))
        assert speed_between(movement, 0.5)[1] < 60


def test_fixes_are_close_together_under_way_and_rare_when_parked() -> None:
    campus, bus_id = BUSES[0]
    drafts = bus_drafts(campus, bus_id, DAY, COUNTY.seed, Script())
    fixes = [draft for draft in drafts if draft.type == "school_bus.position.reported.v1"]
    gaps_s = {(b.occurred_ms - a.occurred_ms) // 1000 for a, b in pairwise(fixes)}
    assert max(gaps_s) == 300
    under_way = [b.occurred_ms - a.occurred_ms for a, b in pairwise(fixes) if a.data["speed_kmh"] > 5]
    assert sorted(under_way)[len(under_way) // 2] == 10_000


def test_a_terminals_clock_is_at_most_half_a_minute_off() -> None:
    skews = [bus_source(campus, bus_id, DAY, COUNTY.seed, Script()).skew_ms for campus, bus_id in BUSES]
    assert all(abs(skew_ms) <= 30_000 for skew_ms in skews)
    assert len(set(skews)) > 1
