"""The fold of ``canteen``: readings, meals, dishes and cases, whatever the order of their reports."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clock import DAY_MS, MINUTE_MS
from schemas.frame import LoggedEvent
from schemas.systems.canteen import EVENTS
from streams.core.spell import begun_ms
from streams.core.system import Effect
from streams.systems.canteen import SYSTEM
from streams.systems.canteen.state import MAX_CHECKED_DAYS, MAX_DISHES, MAX_MEALS, MAX_SENSORS
from tests.streams.systems.driving import folded, local, made, restored, silently_changed

LUNCH = "2026-11-24-lunch"


def reading(at_ms: int, temp_c: float, sensor: str = "freezer-1", zone: str = "freezer") -> LoggedEvent:
    return made("canteen.temp.sampled", sensor, at_ms, zone=zone, temp_c=temp_c)


def plan(at_ms: int, meal_id: str = LUNCH, day: int = 0, heads: int = 400, *, cancelled: bool = False) -> LoggedEvent:
    return made(
        "canteen.meal.planned",
        "kitchen-1",
        at_ms,
        meal_id=meal_id,
        meal="lunch",
        starts_ms=local(11, 30) + day * DAY_MS,
        ends_ms=local(12, 40) + day * DAY_MS,
        planned_heads=heads,
        guests=3,
        cancelled=cancelled,
    )


def count(at_ms: int, served: int, sitting: int = 1, /, **more: str) -> LoggedEvent:
    return made("canteen.meal.count_digest", "kitchen-1", at_ms, meal_id=LUNCH, sitting=sitting, served=served, **more)


def cooked(at_ms: int, core_temp_c: float, dish: str = "dish-1") -> LoggedEvent:
    return made("canteen.dish.cooked", dish, at_ms, meal_id=LUNCH, name="冬瓜排骨", core_temp_c=core_temp_c)


def served(at_ms: int, dish: str = "dish-1") -> LoggedEvent:
    return made("canteen.dish.served", dish, at_ms, meal_id=LUNCH)


def sample(at_ms: int, mass_g: float = 150.0, dish: str = "dish-1") -> LoggedEvent:
    kept = {"meal_id": LUNCH, "mass_g": mass_g, "cabinet_ref": "cabinet-1", "by_ref": "staff-1"}
    return made("canteen.sample.retained", dish, at_ms, **kept)


def effects(*events: LoggedEvent) -> list[Effect]:
    state = SYSTEM.initial()
    return [SYSTEM.apply(state, event) for event in events]


def test_every_declared_type_is_folded() -> None:
    state = SYSTEM.initial()
    for declared in EVENTS:
        SYSTEM.apply(state, made(declared.name.removesuffix(".v1"), "thing-1", local(9), **declared.sample))
    assert restored(SYSTEM, state) == state


def test_a_type_of_another_system_is_refused_and_changes_nothing() -> None:
    state = SYSTEM.initial()
    with pytest.raises(KeyError):
        SYSTEM.apply(state, made("net_health.link.up", "link-1", local(9)))
    assert state == SYSTEM.initial()


@pytest.mark.parametrize("declared", EVENTS, ids=lambda declared: declared.name)
def test_an_event_without_its_data_leaves_the_state_as_it_was(declared: object) -> None:
    state = SYSTEM.initial()
    broken = made(declared.name.removesuffix(".v1"), "thing-1", local(9), **declared.sample)  # type: ignore[attr-defined]
    broken.data.clear()
    with pytest.raises(KeyError):
        SYSTEM.apply(state, broken)
    assert state == SYSTEM.initial()


def test_a_temperature_that_hardly_moved_is_only_alive_and_a_step_is_seen() -> None:
    readings = [reading(local(9, 5 * n), temp_c) for n, temp_c in enumerate((-19.0, -18.6, -18.0, -17.6))]
    assert effects(*readings) == [Effect.JUDGE, Effect.ALIVE, Effect.VISIBLE, Effect.ALIVE]


def test_crossing_the_limit_asks_the_rules_and_staying_beyond_it_does_not() -> None:
    readings = [reading(local(9, 5 * n), temp_c) for n, temp_c in enumerate((-12.2, -11.9, -11.8, -12.0))]
    assert effects(*readings) == [Effect.JUDGE, Effect.JUDGE, Effect.ALIVE, Effect.JUDGE]


def test_an_older_reading_does_not_overwrite_a_newer_one() -> None:
    newer, older = reading(local(9, 5), -19.0), reading(local(9), -16.0)
    assert effects(newer, older)[1] is Effect.ALIVE
    assert folded(SYSTEM, [newer, older]).sensors["freezer-1"].temp_c == -19.0


def test_a_zone_without_upper_limit_is_never_warm() -> None:
    state = folded(SYSTEM, [reading(local(9), 122.0, "cabinet-2", "disinfect_cabinet")])
    assert begun_ms(state.sensors["cabinet-2"].warm) is None


def breach(at_ms: int, temp_c: float, minutes: float) -> LoggedEvent:
    return made("canteen.temp.breach", "freezer-1", at_ms, zone="freezer", temp_c=temp_c, duration_min=minutes)


def test_a_sensors_own_alarm_tells_since_when_it_is_warm() -> None:
    state = folded(SYSTEM, [reading(local(9), -19.0), breach(local(9, 20), -8.0, 12.0)])
    assert begun_ms(state.sensors["freezer-1"].warm) == local(9, 8)


def test_a_good_reading_after_the_alarms_alleged_beginning_is_believed() -> None:
    state = folded(SYSTEM, [reading(local(9, 15), -19.0), breach(local(9, 20), -8.0, 12.0)])
    assert begun_ms(state.sensors["freezer-1"].warm) == local(9, 20)


def test_an_alarm_at_a_temperature_that_is_no_breach_here_is_a_mere_reading() -> None:
    state = folded(SYSTEM, [breach(local(9), -15.0, 12.0)])
    assert begun_ms(state.sensors["freezer-1"].warm) is None
    assert state.sensors["freezer-1"].temp_c == -15.0


def test_the_first_check_of_a_day_counts_and_days_are_bounded() -> None:
    def check(at_ms: int, on_duty: int) -> LoggedEvent:
        return made("canteen.staff.morning_checked", "kitchen-1", at_ms, on_duty=on_duty, unfit=0, hands_ok=True)

    checks = [check(local(6, 10), 9), check(local(6, 40), 5)]
    assert effects(*checks) == [Effect.JUDGE, Effect.NOTHING]
    week = [check(local(6) + day * DAY_MS, day) for day in range(7)]
    assert sorted(c.on_duty for c in folded(SYSTEM, week).kitchens["kitchen-1"].checks.values()) == [3, 4, 5, 6]
    assert MAX_CHECKED_DAYS == 4


def test_counts_are_absolute_and_the_newest_of_each_sitting_or_class_counts() -> None:
    events = [
        plan(local(8)),
        count(local(11, 40), 100),
        count(local(11, 35), 60),
        count(local(12), 150, 2),
        count(local(12), 30, 2, class_ref="class-3-2"),
    ]
    assert effects(*events)[2] is Effect.ALIVE
    assert folded(SYSTEM, events).meals[LUNCH].portions() == 280


def test_counting_asks_the_rules_only_where_the_sum_meets_the_plan() -> None:
    counts = [count(local(11, 40 + n), portions) for n, portions in enumerate((403, 404, 405, 400))]
    assert effects(plan(local(8)), *counts)[1:] == [Effect.VISIBLE, Effect.JUDGE, Effect.JUDGE, Effect.JUDGE]


def test_the_newest_plan_counts() -> None:
    events = [plan(local(8), heads=420), plan(local(7), heads=400)]
    assert effects(*events) == [Effect.JUDGE, Effect.ALIVE]
    assert folded(SYSTEM, events).meals[LUNCH].plan.heads == 420


def test_the_summary_tells_the_day_in_figures() -> None:
    events = [
        plan(local(8)),
        plan(local(8), "2026-11-25-lunch", day=1),
        plan(local(8), "2026-11-24-dinner", cancelled=True),
        count(local(12), 390),
        *(served(local(11, 30), f"dish-{n}") for n in range(3)),
        sample(local(11, 35), dish="dish-1"),
        sample(local(11, 35), 90.0, dish="dish-2"),
        reading(local(12), -9.0),
        reading(local(11, 30), 4.0, "fridge-1", "fridge"),
        reading(local(12), 9.0, "sample-1", "sample"),
    ]
    summary = SYSTEM.summarise(folded(SYSTEM, events), local(12, 1))
    assert summary.counts == {
        "meals_planned": 1,
        "portions_planned": 403,
        "portions_served": 390,
        "samples_due": 3,
        "samples_kept": 1,
        "freezers_warm": 1,
        "fridges_warm": 1,
        "clusters_open": 0,
    }
    assert (summary.devices_heard, summary.devices_silent) == (2, 1)


def test_meals_are_forgotten_after_four_days_and_late_news_of_them_ignored() -> None:
    state = folded(SYSTEM, [plan(local(8)), plan(local(8) + 5 * DAY_MS, "2026-11-29-lunch", day=5)])
    assert list(state.meals) == ["2026-11-29-lunch"]
    for late in (plan(local(8)), count(local(12), 10), served(local(12)), sample(local(12))):
        assert SYSTEM.apply(state, late) is Effect.NOTHING
    log = made("canteen.accompany.logged", "kitchen-1", local(12), meal_id=LUNCH, leader_ref="s-1", score=5, issues=0)
    assert SYSTEM.apply(state, log) is Effect.NOTHING
    assert list(state.meals) == ["2026-11-29-lunch"]


def test_maps_stay_within_their_capacity() -> None:
    sensors = [reading(local(9) + n, 4.0, f"fridge-{n}", "fridge") for n in range(MAX_SENSORS + 2)]
    dishes = [cooked(local(9) + n, 80.0, f"dish-{n}") for n in range(MAX_DISHES + 2)]
    plans = [plan(local(8) + n, f"meal-{n}") for n in range(MAX_MEALS + 2)]
    state = folded(SYSTEM, sensors + dishes)
    assert (len(state.sensors), len(state.meals[LUNCH].dishes)) == (MAX_SENSORS, MAX_DISHES)
    assert len(folded(SYSTEM, plans).meals) == MAX_MEALS


def test_repeated_reports_of_deeds_change_nothing() -> None:
    disposed = made("canteen.sample.disposed", "dish-1", local(60), meal_id=LUNCH, by_ref="staff-1")
    flag = {"kind": "no_mask", "confidence": 0.9, "snapshot_ref": "snap-1"}
    deeds = [served(local(11)), sample(local(11)), disposed, cooked(local(10), 60.0)]
    seen = [made("canteen.kitchen.ai_flag", "camera-1", local(10), **flag)]
    for deed in deeds + seen:
        assert effects(deed, deed)[1] <= Effect.ALIVE
        assert folded(SYSTEM, [deed, deed]) == folded(SYSTEM, [deed])


def disposed(at_ms: int) -> LoggedEvent:
    return made("canteen.sample.disposed", "dish-1", at_ms, meal_id=LUNCH, by_ref="staff-1")


def accompanied(at_ms: int, score: int) -> LoggedEvent:
    figures = {"meal_id": LUNCH, "leader_ref": "staff-1", "score": score, "issues": 0}
    return made("canteen.accompany.logged", "kitchen-1", at_ms, **figures)


def test_of_a_deed_reported_twice_the_first_time_counts_whichever_arrives_first() -> None:
    earlier = [served(local(11)), sample(local(11, 5)), disposed(local(50)), accompanied(local(12), 5)]
    later = [served(local(12)), sample(local(11, 40), 300.0), disposed(local(60)), accompanied(local(13), 1)]
    state = folded(SYSTEM, later + earlier)
    assert state.meals == folded(SYSTEM, earlier).meals
    dish = state.meals[LUNCH].dishes["dish-1"]
    assert (dish.served_ms, dish.sample_ms, dish.sample_g) == (local(11), local(11, 5), 150.0)
    assert (dish.disposed_ms, state.meals[LUNCH].score) == (local(50), 5)


@st.composite
def mornings(draw: st.DrawFn) -> list[LoggedEvent]:
    """A morning of one kitchen, two sensors and three dishes, at most one event an instant."""
    events = []
    for step in range(draw(st.integers(1, 30))):
        at_ms = local(6) + step * 7 * MINUTE_MS
        dish = draw(st.sampled_from(("dish-1", "dish-2", "dish-3")))
        temp_c = draw(st.sampled_from((-20.0, -12.0, -5.0)))
        case: dict[str, Any] = {"persons": step + 1, "symptoms": ("nausea",)}
        choices = (
            reading(at_ms, temp_c, draw(st.sampled_from(("freezer-1", "freezer-2")))),
            breach(at_ms, temp_c, 13.0),
            plan(at_ms, heads=400 + step),
            count(at_ms, 10 * step, 1 + step % 2),
            cooked(at_ms, draw(st.sampled_from((60.0, 80.0))), dish),
            served(at_ms, dish),
            sample(at_ms, draw(st.sampled_from((90.0, 100.0, 150.0))), dish),
            made("canteen.sample.disposed", dish, at_ms, meal_id=LUNCH, by_ref="staff-1"),
            made("canteen.staff.morning_checked", "kitchen-1", at_ms, on_duty=step, unfit=0, hands_ok=True),
            made("canteen.disinfect.done", "kitchen-1", at_ms, method="boil", duration_min=step, sets=4),
            made("canteen.illness.cluster_suspected", "case-1", at_ms, **case),
            made("canteen.illness.cluster_closed", "case-1", at_ms, outcome="excluded"),
        )
        events.append(draw(st.sampled_from(choices)))
    return events


@given(st.data(), mornings())
@settings(max_examples=100)
def test_any_order_and_any_repetition_of_a_morning_give_the_same_state(
    data: st.DataObject, morning: list[LoggedEvent]
) -> None:
    repeated = morning + data.draw(st.lists(st.sampled_from(morning), max_size=10))
    shuffled = data.draw(st.permutations(repeated))
    assert folded(SYSTEM, shuffled) == folded(SYSTEM, morning)
    assert silently_changed(SYSTEM, shuffled) == []
