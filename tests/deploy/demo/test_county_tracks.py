"""Recorded tracks: every fix is driven by some bus, with its own pace and shape."""

import gzip
from itertools import pairwise
from pathlib import Path

import pytest

from deploy.demo.county_process import CountyOptions
from deploy.demo.dice import dice
from deploy.demo.geography import Point, offset_m
from deploy.demo.gps import POSITION
from deploy.demo.incidents import Script
from deploy.demo.planning import plan_county
from deploy.demo.recorded import Fix, Journey, cut, read_journeys, recorded_drafts, share_out
from deploy.demo.school_day import SchoolDay
from deploy.demo.simulation import county_streams
from deploy.demo.source import emissions
from schemas.clock import MINUTE_MS
from schemas.envelope import event_adapter
from schemas.errors import ConfigurationError

DAY = SchoolDay(1_795_449_600_000)
SCHOOL = Point(115.02, 31.18)
SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "geolife_sample.txt.gz"
FIXES = 217_653
ROWS = """lat,lng,datetime,uid
39.900000,116.300000,2008-10-23 05:53:05,001
39.910000,116.300000,2008-10-23 05:54:05,001
39.500000,116.100000,2008-10-23 05:00:00,005
39.910000,116.310000,2008-10-23 05:54:35,001
39.920000,116.310000,2008-10-23 07:00:00,001
"""


def test_a_file_is_read_track_by_track_and_cut_where_a_track_rests(tmp_path: Path) -> None:
    for name, content in (("a.csv", ROWS.encode()), ("a.csv.gz", gzip.compress(ROWS.encode()))):
        (tmp_path / name).write_bytes(content)
        journeys = read_journeys(tmp_path / name)
        assert [[fix.at_ms for fix in journey] for journey in journeys] == [[0, 60_000, 90_000], [0], [0]]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"lat,lon\n1,2\n",
        ROWS.replace("39.500000", "north").encode(),
        ROWS.replace("2008", "x").encode(),
        b"\xff\xfe",
    ],
    ids=["empty", "another header", "no number", "no time", "no text"],
)
def test_a_file_of_another_kind_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "track.csv").write_bytes(content)
    with pytest.raises(ConfigurationError, match="track file"):
        read_journeys(tmp_path / "track.csv")
    with pytest.raises(ConfigurationError, match="track file"):
        read_journeys(tmp_path / "absent.csv.gz")


def test_a_track_without_fixes_has_no_journeys() -> None:
    assert list(cut([])) == []


def journey_of(*steps: tuple[int, float, float]) -> Journey:
    return tuple(Fix(at_ms, Point(116.3, 39.9).moved(east_m, north_m)) for at_ms, east_m, north_m in steps)


def test_a_journey_keeps_its_shape_and_pace_and_ends_at_the_school() -> None:
    journey = journey_of((0, 0, 0), (5_000, 0, 50), (8_000, 60, 50))
    drafts = list(recorded_drafts("bus-1-001", SCHOOL, [journey], DAY))
    fixes = [draft for draft in drafts if draft.type == "school_bus.position.reported.v1"]
    places = [Point(draft.data["longitude_deg"], draft.data["latitude_deg"]) for draft in fixes]
    assert [b.occurred_ms - a.occurred_ms for a, b in pairwise(fixes)] == [5_000, 3_000]
    assert offset_m(places[0], places[1]) == pytest.approx((0, 50), abs=0.5)
    assert offset_m(places[1], places[2]) == pytest.approx((60, 0), abs=0.5)
    assert offset_m(places[2], SCHOOL) == pytest.approx((0, 0), abs=0.5)
    assert [draft.data["speed_kmh"] for draft in fixes] == [0.0, 36.0, 72.0]
    assert [draft.data["bearing_deg"] for draft in fixes][1:] == pytest.approx([0.0, 90.0], abs=0.2)
    assert [draft.type.split(".")[1] for draft in (drafts[0], drafts[1], *drafts[-2:])] == [
        "pretrip", "trip", "trip", "childcheck",
    ]  # fmt: skip


def test_journeys_of_one_bus_follow_each_other() -> None:
    one, other = journey_of((0, 0, 0), (60_000, 0, 500)), journey_of((0, 9, 9), (30_000, 0, 100))
    drafts = list(recorded_drafts("bus-1-001", SCHOOL, [one, other], DAY))
    assert all(a.occurred_ms <= b.occurred_ms for a, b in pairwise(drafts))
    assert len({draft.data["trip_id"] for draft in drafts if "trip_id" in draft.data}) == 2


def test_the_longest_journeys_are_shared_out_first_and_evenly() -> None:
    journeys = [journey_of((0, 0, 0), (minutes * MINUTE_MS, 0, 9)) for minutes in (10, 60, 20, 30)]
    shared = share_out(journeys, ["one", "two"])
    assert [[journey[-1].at_ms // MINUTE_MS for journey in shared[name]] for name in ("one", "two")] == [
        [60],
        [30, 20, 10],
    ]


def test_a_track_needs_a_bus(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS, encoding="utf-8")
    options = CountyOptions(campuses=1, consortia=1, track=tmp_path / "a.csv")
    with pytest.raises(ConfigurationError, match="no bus"):
        options.recorded(options.plan())


@pytest.mark.skipif(not SAMPLE.exists(), reason="the recorded GPS sample does not lie beside this checkout")
def test_every_recorded_fix_of_the_sample_is_sent_exactly_once_besides_the_copies() -> None:
    county = plan_county()
    recorded = share_out(read_journeys(SAMPLE), [bus_id for campus in county.campuses for bus_id in campus.bus_ids])
    adapter, ids = event_adapter(), set()
    for source, drafts in county_streams(county, DAY, Script(), recorded):
        if source.name in recorded:
            sent = (adapter.validate_json(emission.raw) for emission in emissions(source, drafts, dice(1, source.name)))
            ids |= {event.id for event in sent if event.type == POSITION}
    assert len(ids) == FIXES
