"""What a guardian sees of a morning, minute by minute, and that it is nothing of anybody else's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from api.guardian.document import ChildRun, Over
from api.guardian.schedule import is_consistent, next_opening_ms, open_runs
from schemas.clock import DAY_MS
from schemas.frame import LoggedEvent
from schemas.guardianship import Run
from tests.api.guardian.family import NAMES, TRIP, afternoon, guardianship, morning, shown
from tests.streams.systems.bus_day import good_trip, position
from tests.streams.systems.driving import local


def seen(number: int, at_ms: int) -> ChildRun:
    found = shown(number, at_ms)
    assert isinstance(found, ChildRun)
    return found


def test_before_the_bus_has_set_off_only_the_plan_is_known() -> None:
    found = seen(1, local(6, 26))
    assert found.sentence_zh == "校车尚未发车，计划 06:40 上车"
    assert found.sentence_en == "The bus has not set off yet; pick-up is planned for 06:40"
    assert (found.bus, found.eta, found.no_eta, found.stops_ahead) == (None, None, "not_started", [])


def test_under_way_it_says_how_many_stops_and_minutes_are_left() -> None:
    found = seen(1, local(6, 32))
    assert found.boarding.state == "waiting"
    assert [stop.stop_id for stop in found.stops_ahead] == ["s-1", "s-2"]
    assert found.bus is not None
    assert found.bus.age_ms <= 40_000
    assert found.eta is not None
    assert found.eta.from_ms <= local(6, 40) <= found.eta.to_ms
    assert found.sentence_zh == "还有 2 站，约 6–11 分钟"
    assert found.sentence_en == "2 stops to go. About 6–11 min"


def test_a_late_bus_moves_the_estimate() -> None:
    told = [TRIP.planned(), TRIP.started(local(6, 30)), TRIP.arrived("s-1", local(6, 45)), position(local(6, 46))]
    found = shown(2, local(6, 46), told)
    assert isinstance(found, ChildRun)
    assert found.eta is not None
    assert found.eta.from_ms <= local(6, 55) <= found.eta.to_ms


def test_an_old_position_gives_no_estimate_and_says_its_age() -> None:
    told = [TRIP.planned(), TRIP.started(local(6, 30)), position(local(6, 30))]
    found = shown(1, local(6, 33, 30), told)
    assert isinstance(found, ChildRun)
    assert (found.eta, found.no_eta) == (None, "position_old")
    assert found.bus is not None
    assert found.bus.is_old
    assert found.sentence_zh == "还有 2 站，位置是 3 分钟前的，暂不估计时间"


def test_at_the_stop_it_says_so() -> None:
    assert seen(1, local(6, 40, 2)).sentence_zh == "校车已到站"


def test_on_board_it_says_since_when_and_looks_towards_the_school() -> None:
    found = seen(1, local(6, 42))
    assert (found.boarding.state, found.boarding.at_ms) == ("on_board", local(6, 40, 5))
    assert [stop.stop_id for stop in found.stops_ahead] == ["s-3", "s-4"]
    assert found.sentence_zh.startswith("孩子 06:40 已上车；还有 2 站，约 ")


def test_it_ends_when_the_child_gets_off() -> None:
    assert isinstance(shown(1, local(7, 6, 0)), ChildRun)
    assert shown(1, local(7, 6, 1)) == Over(how="alighted", at_ms=local(7, 6, 1))


def test_a_child_that_did_not_get_on_hides_the_bus_of_the_others() -> None:
    told = [event for event in good_trip(TRIP) if event.data.get("pupil_token") != NAMES["ch-1"]]
    found = shown(1, local(6, 43), told)
    assert isinstance(found, ChildRun)
    assert (found.boarding.state, found.bus, found.stops_ahead) == ("not_boarded", None, [])
    assert found.sentence_zh == "没有孩子的上车记录，请联系学校"
    assert shown(1, local(7, 8), told) == Over(how="ended", at_ms=local(7, 7))


def test_a_trip_that_ended_with_the_child_on_board_is_not_over_for_its_guardian() -> None:
    told = [event for event in good_trip(TRIP) if event.type != "school_bus.pupil.alighted.v1"]
    found = shown(1, local(7, 8), told)
    assert isinstance(found, ChildRun)
    assert found.bus is not None
    assert "请立即联系学校" in found.sentence_zh


def test_another_wave_of_the_same_route_is_another_trip() -> None:
    other = [
        TRIP.planned(stop_ids=["s-8", "s-9"], stop_planned_ms=[local(6, 35), local(6, 50)]),
        TRIP.started(local(6, 30)),
        position(local(6, 31)),
    ]
    found = shown(1, local(6, 31), other)
    assert isinstance(found, ChildRun)
    assert found.bus is None


def test_a_run_opens_fifteen_minutes_before_pick_up() -> None:
    runs = guardianship(1).runs
    assert open_runs(runs, local(6, 24, 59)) == []
    assert [found.run for found in open_runs(runs, local(6, 25))] == [morning(1)]
    assert [found.run for found in open_runs(runs, local(16, 15))] == [afternoon(1)]
    assert next_opening_ms(runs, local(6)) == local(6, 25)
    assert next_opening_ms(runs, local(8)) == local(16, 15)
    assert next_opening_ms(runs, local(20)) == local(6, 25) + DAY_MS


@pytest.mark.parametrize(
    ("runs", "fine"),
    [
        ([morning(0), afternoon(0)], True),
        ([morning(0), morning(0)], False),
        ([morning(0).model_copy(update={"drop_off_min": 100})], False),
    ],
)
def test_runs_that_contradict_themselves_are_told(runs: list[Run], fine: bool) -> None:  # noqa: FBT001 — a parameter
    assert is_consistent(runs) is fine


@settings(max_examples=150)
@given(
    seconds=st.integers(0, 60 * 60),
    rides=st.lists(st.sampled_from(["boards", "stays", "rides_on"]), min_size=3, max_size=3),
)
def test_no_guardian_sees_anything_that_another_child_does(seconds: int, rides: list[str]) -> None:
    """Whatever the other two children do, what the guardian of the first sees is the same to the last byte."""
    at_ms = local(6, 20, seconds)
    kinds = dict(zip(NAMES.values(), rides, strict=True))
    own = NAMES["ch-0"]
    with_others = shown(0, at_ms, told(kinds))
    alone = shown(0, at_ms, told({own: kinds[own]}))
    assert with_others.model_dump_json() == alone.model_dump_json()


def told(kinds: dict[str, str]) -> list[LoggedEvent]:
    """A good morning on which those of ``kinds`` ride as it says, and the others stay at home."""
    events = []
    for event in good_trip(TRIP):
        kind = kinds.get(str(event.data["pupil_token"]), "stays") if "pupil_token" in event.data else "boards"
        is_missed = kind == "rides_on" and event.type == "school_bus.pupil.alighted.v1"
        if kind != "stays" and not is_missed:
            events.append(event)
    return events


def fields_of(model: type[BaseModel], prefix: str = "") -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        parts = [field.annotation, *getattr(field.annotation, "__args__", ())]
        nested = [part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)]
        found += [f"{prefix}{name}", *(line for part in nested for line in fields_of(part, f"{prefix}{name}."))]
    return found


def test_the_document_has_these_fields_and_no_other() -> None:
    assert fields_of(ChildRun) == [
        "child",
        "at_ms",
        "direction",
        "pick_up_ms",
        "drop_off_ms",
        "sentence_zh",
        "sentence_en",
        "boarding",
        "boarding.state",
        "boarding.at_ms",
        "bus",
        "bus.name",
        "bus.latitude_deg",
        "bus.longitude_deg",
        "bus.position_ms",
        "bus.age_ms",
        "bus.is_old",
        "stops_ahead",
        "stops_ahead.stop_id",
        "stops_ahead.planned_ms",
        "eta",
        "eta.from_ms",
        "eta.to_ms",
        "no_eta",
    ]


@given(minute=st.integers(0, 60))
def test_neither_crew_nor_riders_nor_tokens_stand_in_any_document(minute: int) -> None:
    at_ms = local(6, 20 + minute)
    for number in range(3):
        text = shown(number, at_ms).model_dump_json()
        for secret in ("drv-1", "att-1", *NAMES.values(), "aboard", "seats"):
            assert secret not in text
