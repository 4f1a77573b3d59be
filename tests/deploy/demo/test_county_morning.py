"""A whole simulated morning of the default county: valid, counted, repeatable, and wrong exactly where it should be."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import orjson
import pytest

from deploy.demo.incidents import MEANINGS, Incident, Kind
from deploy.demo.lessons import class_names
from deploy.demo.planning import plan_county
from deploy.demo.school_day import SchoolDay
from deploy.demo.scripting import write_script
from deploy.demo.simulation import simulate
from deploy.demo.source import Emission
from schemas.clock import MINUTE_MS
from schemas.envelope import event_adapter

COUNTY = plan_county()
DAY = SchoolDay(1_795_449_600_000)
SCRIPT = write_script(COUNTY, DAY)
NOON = DAY.at(12, 30)


class Sent:
    """One emission with its event decoded."""

    def __init__(self, emission: Emission) -> None:
        self.due_ms = emission.due_ms
        self.raw = emission.raw
        self.event: dict[str, Any] = orjson.loads(emission.raw)

    @property
    def type(self) -> str:
        return str(self.event["type"]).removesuffix(".v1")

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = self.event["data"]
        return found


def morning(from_ms: int = DAY.opens_ms, to_ms: int = NOON) -> Iterator[Emission]:
    return simulate(COUNTY, DAY, SCRIPT, from_ms, to_ms)


@pytest.fixture(scope="module")
def sent() -> list[Sent]:
    return [Sent(emission) for emission in morning()]


def first_copies(sent: Iterable[Sent]) -> list[Sent]:
    return list({item.raw: item for item in reversed(list(sent))}.values())[::-1]


def incident(kind: Kind) -> Incident:
    return next(item for item in SCRIPT.incidents if item.kind is kind)


def of_campus(sent: Iterable[Sent], campus_id: str, *types: str) -> list[Sent]:
    return [item for item in sent if item.event["campusid"] == campus_id and item.type in types]


def test_every_event_of_the_morning_is_valid() -> None:
    adapter = event_adapter()
    types = {adapter.validate_json(emission.raw).type for emission in morning()}
    assert {name.partition(".")[0] for name in types} == {
        "school_bus", "canteen", "net_health", "device_control", "lesson_ops",
    }  # fmt: skip


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert all(one == other for one, other in zip(morning(), morning(), strict=True))


def test_a_span_is_the_same_part_of_the_day_whoever_asks_for_it(sent: list[Sent]) -> None:
    begin, end = DAY.at(7, 0), DAY.at(7, 5)
    assert [item.raw for item in sent if begin <= item.due_ms < end] == [item.raw for item in morning(begin, end)]


def test_events_leave_in_order_of_time(sent: list[Sent]) -> None:
    assert all(a.due_ms <= b.due_ms for a, b in pairwise(sent))


def test_each_source_counts_from_1_without_holes_in_the_order_of_sending(sent: list[Sent]) -> None:
    counts: dict[str, list[int]] = defaultdict(list)
    for item in first_copies(sent):
        counts[item.event["source"]].append(int(item.event["sequence"]))
    kitchens = sum(campus.has_canteen for campus in COUNTY.campuses)
    schools = sum(campus.stage != "kindergarten" for campus in COUNTY.campuses)
    assert len(counts) == 2 * len(COUNTY.campuses) + kitchens + schools + COUNTY.buses
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in counts.values())


def test_a_source_speaks_for_one_campus_and_one_system_and_ids_are_unique(sent: list[Sent]) -> None:
    once = first_copies(sent)
    assert len({item.event["id"] for item in once}) == len(once)
    kinds = {(item.event["source"], item.event["campusid"], item.type.partition(".")[0]) for item in once}
    assert len(kinds) == len({source for source, _, _ in kinds})


def test_about_half_a_percent_of_a_bus_terminals_events_come_twice(sent: list[Sent]) -> None:
    twice = incident(Kind.SENT_TWICE).campus_id
    bus = [item for item in sent if "edge:bus-" in item.event["source"] and item.event["campusid"] != twice]
    copies = len(bus) - len(first_copies(bus))
    assert 0.002 < copies / len(bus) < 0.01


def test_one_gateway_sends_everything_twice_byte_for_byte(sent: list[Sent]) -> None:
    campus_id = incident(Kind.SENT_TWICE).campus_id
    times = Counter(item.raw for item in sent if item.event["campusid"] == campus_id and item.due_ms < NOON - 60_000)
    assert set(times.values()) == {2}


def test_everyone_who_boards_gets_off_and_the_count_says_so(sent: list[Sent]) -> None:
    left = incident(Kind.CHILD_LEFT)
    boarded, alighted = Counter[str](), Counter[str]()
    for item in first_copies(sent):
        if item.event["subject"] != left.subject and item.type in {
            "school_bus.pupil.boarded",
            "school_bus.pupil.alighted",
        }:
            (boarded if item.type.endswith("boarded") else alighted)[item.data["pupil_token"]] += 1
    assert boarded == alighted
    assert sum(boarded.values()) > 500
    last_counts = {
        item.data["trip_id"]: item.data for item in first_copies(sent) if item.type == "school_bus.count.reconciled"
    }
    assert all(count["boarded"] == count["alighted"] + count["onboard"] for count in last_counts.values())


def test_no_bus_carries_more_pupils_than_it_has_seats(sent: list[Sent]) -> None:
    counts = [item.data for item in sent if item.type == "school_bus.count.reconciled"]
    assert max(count["boarded"] / count["seats"] for count in counts) <= 1
    assert max(count["boarded"] for count in counts) > 30


def test_one_child_stays_on_the_bus_until_it_is_found(sent: list[Sent]) -> None:
    left = incident(Kind.CHILD_LEFT)
    trip = [item for item in first_copies(sent) if item.event["subject"] == left.subject and "trip_id" in item.data]
    first_trip = min(item.data["trip_id"] for item in trip)
    trip = [item for item in trip if item.data["trip_id"] == first_trip]
    ended = next(item for item in trip if item.type == "school_bus.trip.ended")
    checked = next(item for item in trip if item.type == "school_bus.childcheck.done")
    boarded = [item for item in trip if item.type == "school_bus.pupil.boarded"]
    by_the_end = [item for item in trip if item.type == "school_bus.pupil.alighted" and item.due_ms < ended.due_ms]
    found = [item for item in trip if item.type == "school_bus.pupil.alighted" and item.due_ms > ended.due_ms]
    assert len(boarded) == len(by_the_end) + 1
    assert len(found) == 1
    assert ended.due_ms < DAY.at(6, 52)
    assert checked.due_ms > ended.due_ms + 15 * MINUTE_MS


def test_the_held_up_bus_is_more_than_ten_minutes_late_soon_after_0650(sent: list[Sent]) -> None:
    late = incident(Kind.LATE_BUS)
    deltas = [
        item.data["delta_s"]
        for item in of_campus(sent, late.campus_id, "school_bus.stop.arrived")
        if item.event["subject"] == late.subject and DAY.at(6, 47) < item.due_ms < DAY.at(6, 54)
    ]
    assert deltas
    assert max(deltas) > 600


def test_a_bus_delivers_twelve_minutes_of_positions_at_once(sent: list[Sent]) -> None:
    blind = incident(Kind.BLIND_ZONE)
    waited = [
        item
        for item in of_campus(sent, blind.campus_id, "school_bus.position.reported")
        if item.event["subject"] == blind.subject and blind.window.to_ms <= item.due_ms < blind.window.to_ms + 10_000
    ]
    assert len(first_copies(waited)) >= 70
    assert not [
        item
        for item in of_campus(sent, blind.campus_id, "school_bus.position.reported")
        if blind.window.from_ms + 2_000 < item.due_ms < blind.window.to_ms and item.event["subject"] == blind.subject
    ]


def test_a_small_share_of_mountain_positions_comes_late(sent: list[Sent]) -> None:
    scripted = incident(Kind.BLIND_ZONE).subject
    moving = late = 0
    for item in first_copies(sent):
        if (
            item.type == "school_bus.position.reported"
            and item.event["subject"] != scripted
            and item.data["ignition_on"]
        ):
            moving += 1
            late += item.due_ms - DAY.midnight_ms > _occurred_of_day_ms(item) + MINUTE_MS
    assert 0.005 < late / moving < 0.08


def _occurred_of_day_ms(item: Sent) -> int:
    hour, minute, second = item.event["time"][11:23].split(":")
    return round((int(hour) * 3600 + int(minute) * 60 + float(second)) * 1000)


def test_the_failing_freezer_has_been_too_warm_for_ten_minutes_at_0650(sent: list[Sent]) -> None:
    failing = incident(Kind.FREEZER_FAILURE)
    warm = [
        item.due_ms
        for item in of_campus(sent, failing.campus_id, "canteen.temp.sampled")
        if item.event["subject"] == failing.subject and item.data["temp_c"] > -12 and item.due_ms < failing.window.to_ms
    ]
    assert warm[0] < DAY.at(6, 39)


def test_only_the_scripted_dish_has_no_sample(sent: list[Sent]) -> None:
    missing = incident(Kind.NO_SAMPLE)
    served, sampled = (
        {(item.event["campusid"], item.event["subject"]) for item in first_copies(sent) if item.type == name}
        for name in ("canteen.dish.served", "canteen.sample.retained")
    )
    assert served - sampled == {(missing.campus_id, missing.subject)}


def test_a_town_loses_its_fibre_and_says_so_at_once_only_where_a_standby_line_exists(sent: list[Sent]) -> None:
    cut = [item for item in SCRIPT.incidents if item.kind is Kind.FIBRE_CUT]
    campuses = {campus.campus_id: campus for campus in COUNTY.campuses}
    assert len(cut) > 1
    assert len({campuses[item.campus_id].area_id for item in cut}) == 1
    for item in cut:
        (down,) = of_campus(first_copies(sent), item.campus_id, "net_health.link.down")
        is_prompt = down.due_ms < item.window.from_ms + MINUTE_MS
        assert is_prompt is campuses[item.campus_id].has_standby_link
        assert is_prompt or down.due_ms >= item.window.to_ms


def test_exactly_one_lesson_of_the_first_period_is_missing_without_a_word(sent: list[Sent]) -> None:
    missing = incident(Kind.TEACHER_MISSING)
    told = {
        (item.event["subject"], item.data["period"])
        for item in sent
        if item.type in {"lesson_ops.lesson.started", "lesson_ops.lesson.cancelled"}
    }
    classes = [name for campus in COUNTY.campuses if campus.stage != "kindergarten" for name in class_names(campus)]
    assert {name for name in classes if (name, 1) not in told} == {missing.subject}


def test_every_kind_of_incident_occurs_in_the_default_county_and_is_explained() -> None:
    assert {item.kind for item in SCRIPT.incidents} == set(Kind) == set(MEANINGS)


def test_the_smallest_county_goes_without_what_it_has_no_room_for() -> None:
    one = plan_county(1, 1)
    script = write_script(one, DAY)
    assert {item.kind for item in script.incidents} <= {Kind.FREEZER_FAILURE, Kind.TEACHER_MISSING}
    assert sum(1 for _ in simulate(one, DAY, script, DAY.opens_ms, DAY.at(6, 30))) > 50


def test_another_day_starts_its_counts_anew_under_a_greater_boot() -> None:
    tomorrow = DAY.following()
    first = next(simulate(COUNTY, tomorrow, write_script(COUNTY, tomorrow), tomorrow.opens_ms, tomorrow.at(7)))
    event = orjson.loads(first.raw)
    assert (event["sequence"], event["bootid"]) == ("1", tomorrow.number)
    assert tomorrow.number > DAY.number
