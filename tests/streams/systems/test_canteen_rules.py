"""The rule book of ``canteen``: each rule at its deadline, before it, after its end, and when a late fact arrives."""

from typing import Any

import pytest

from schemas.clock import DAY_MS, HOUR_MS
from streams.core.system import RuleKind
from streams.systems import canteen, device_control, net_health
from streams.systems.canteen import SYSTEM
from tests.streams.systems.driving import (
    folded,
    found,
    holds,
    local,
    made,
    rule_of,
    withdraws,
)
from tests.streams.systems.kitchen_day import (
    LUNCH,
    accompanied,
    count,
    morning_check,
    of_dish,
    of_kitchen,
    plan,
    reading,
    sample,
)


def test_the_three_systems_use_all_four_kinds_of_judgement_and_name_their_sources() -> None:
    books = [rule for system in (canteen, device_control, net_health) for rule in system.SYSTEM.rules]
    assert {rule.kind for rule in books} == set(RuleKind)
    assert len({rule.name for rule in books}) == len(books)
    for rule in books:
        assert 1 <= rule.severity <= 4
        assert rule.title_zh
        assert rule.title_en
        assert any(mark in rule.citation for mark in ("[V]", "[S]", "[M]", "[A]"))


@pytest.mark.parametrize(
    ("rule", "zone", "good_c", "bad_c"),
    [
        ("freezer_warm", "freezer", -12.0, -11.9),
        ("fridge_warm", "fridge", 8.0, 8.1),
        ("fridge_warm", "sample", 8.0, 8.1),
    ],
)
def test_a_cold_store_is_found_warm_after_exactly_ten_minutes(
    rule: str, zone: str, good_c: float, bad_c: float
) -> None:
    first_bad = reading(local(2, 5), bad_c, zone)
    readings = [reading(local(2), good_c, zone), first_bad, reading(local(2, 10), bad_c, zone)]
    state = folded(SYSTEM, readings)
    assert not holds(SYSTEM, rule, state, local(2, 15) - 1)
    [finding] = found(SYSTEM, rule, state, local(2, 15))
    assert (finding.subject, finding.since_ms, finding.causes) == (f"{zone}-1", local(2, 5), (first_bad.id,))
    assert not holds(SYSTEM, rule, folded(SYSTEM, [*readings, reading(local(2, 16), good_c, zone)]), local(2, 30))


def test_a_door_opening_is_not_found() -> None:
    readings = [reading(local(9), -11.0), reading(local(9, 5), -19.0), reading(local(9, 10), -11.0)]
    assert not holds(SYSTEM, "freezer_warm", folded(SYSTEM, readings), local(9, 19))


def test_a_cold_store_is_found_silent_after_fifteen_minutes() -> None:
    state = folded(SYSTEM, [reading(local(9), -19.0), reading(local(9), 65.0, "hot_hold")])
    assert not holds(SYSTEM, "sensor_silent", state, local(9, 15) - 1)
    assert [f.subject for f in found(SYSTEM, "sensor_silent", state, local(9, 15))] == ["freezer-1"]
    assert not holds(SYSTEM, "sensor_silent", state, local(9) + 30 * DAY_MS)


def test_a_dish_served_without_sample_is_found_after_half_an_hour() -> None:
    serving = of_dish("dish.served", local(11, 30))
    state = folded(SYSTEM, [serving])
    assert not holds(SYSTEM, "sample_missing", state, local(12) - 1)
    [finding] = found(SYSTEM, "sample_missing", state, local(12))
    assert (finding.subject, finding.causes) == (f"{LUNCH}:dish-3", (serving.id,))
    assert not holds(SYSTEM, "sample_missing", state, local(11, 30) + 48 * HOUR_MS)


def test_a_sample_in_time_but_reported_late_withdraws_and_a_late_sample_clears() -> None:
    serving = of_dish("dish.served", local(11, 30))
    [finding] = found(SYSTEM, "sample_missing", folded(SYSTEM, [serving]), local(13))
    for sampled_ms, was_mistake in ((local(11, 25), True), (local(12), True), (local(12, 20), False)):
        state = folded(SYSTEM, [serving, sample(sampled_ms)])
        assert not holds(SYSTEM, "sample_missing", state, local(13))
        assert withdraws(SYSTEM, "sample_missing", finding, state) is was_mistake


def test_a_sample_that_is_too_light_does_not_count() -> None:
    state = folded(SYSTEM, [of_dish("dish.served", local(11, 30)), sample(local(11, 35), 124.9)])
    [finding] = found(SYSTEM, "sample_missing", state, local(12))
    assert finding.detail is not None
    assert finding.detail["light_g"] == 124.9


def test_a_sample_thrown_away_before_two_days_is_found_at_once() -> None:
    kept = sample(local(11, 30))
    early = of_dish("sample.disposed", local(11, 30) + 48 * HOUR_MS - 1, by_ref="staff-1")
    [finding] = found(SYSTEM, "sample_disposed_early", folded(SYSTEM, [kept, early]), early.occurredms)
    assert finding.causes == (kept.id, early.id)
    in_time = of_dish("sample.disposed", local(11, 30) + 48 * HOUR_MS, by_ref="staff-1")
    assert not holds(SYSTEM, "sample_disposed_early", folded(SYSTEM, [kept, in_time]), in_time.occurredms)
    assert not holds(SYSTEM, "sample_disposed_early", folded(SYSTEM, [early]), early.occurredms)


def test_an_undercooked_dish_is_found_until_it_is_cooked_through() -> None:
    raw = of_dish("dish.cooked", local(11), name="红烧肉", core_temp_c=69.9)
    through = of_dish("dish.cooked", local(11, 10), name="红烧肉", core_temp_c=70.0)
    assert [f.causes for f in found(SYSTEM, "undercooked", folded(SYSTEM, [raw]), local(11))] == [(raw.id,)]
    assert not holds(SYSTEM, "undercooked", folded(SYSTEM, [raw, through]), local(11, 10))
    assert not holds(SYSTEM, "undercooked", folded(SYSTEM, [through]), local(11, 10))


def test_a_missing_morning_check_is_found_at_half_past_six_on_a_day_with_meals() -> None:
    state = folded(SYSTEM, [plan()])
    assert not holds(SYSTEM, "morning_check_missing", state, local(6, 30) - 1)
    [finding] = found(SYSTEM, "morning_check_missing", state, local(6, 30))
    assert (finding.subject, finding.since_ms) == ("kitchen-1", local(6, 30))
    assert not holds(SYSTEM, "morning_check_missing", state, local(24))
    assert not holds(SYSTEM, "morning_check_missing", SYSTEM.initial(), local(6, 30))
    called_off = folded(SYSTEM, [plan(), plan(local(6), cancelled=True)])
    assert not holds(SYSTEM, "morning_check_missing", called_off, local(7))


@pytest.mark.parametrize(("checked_ms", "was_mistake"), [(local(6, 20), True), (local(6, 50), False)])
def test_a_check_made_in_time_withdraws_and_a_late_one_clears(checked_ms: int, was_mistake: bool) -> None:  # noqa: FBT001 — a table's column
    [finding] = found(SYSTEM, "morning_check_missing", folded(SYSTEM, [plan()]), local(7))
    state = folded(SYSTEM, [plan(), morning_check(checked_ms)])
    assert not holds(SYSTEM, "morning_check_missing", state, local(7))
    assert withdraws(SYSTEM, "morning_check_missing", finding, state) is was_mistake


def test_a_check_of_yesterday_does_not_count_today() -> None:
    state = folded(SYSTEM, [plan(), morning_check(local(6) - DAY_MS)])
    assert holds(SYSTEM, "morning_check_missing", state, local(6, 30))


def test_a_meal_that_no_leader_shared_is_found_half_an_hour_after_its_end() -> None:
    state = folded(SYSTEM, [plan()])
    assert not holds(SYSTEM, "accompany_missing", state, local(13, 10) - 1)
    [finding] = found(SYSTEM, "accompany_missing", state, local(13, 10))
    assert finding.subject == LUNCH
    late_report = folded(SYSTEM, [plan(), accompanied(local(12))])
    assert withdraws(SYSTEM, "accompany_missing", finding, late_report)
    assert not holds(SYSTEM, "accompany_missing", folded(SYSTEM, [plan(meal="snack")]), local(13, 10))


def test_more_portions_than_heads_and_guests_are_found_and_a_correction_withdraws() -> None:
    over = count(local(12), 404)
    assert not holds(SYSTEM, "meals_exceed", folded(SYSTEM, [plan(), count(local(12), 403)]), local(12))
    [finding] = found(SYSTEM, "meals_exceed", folded(SYSTEM, [plan(), over]), local(12))
    assert (finding.subject, finding.causes, finding.detail) == (LUNCH, (over.id,), {"served": 404, "planned": 403})
    corrected = folded(SYSTEM, [plan(), over, count(local(12, 10), 304)])
    assert withdraws(SYSTEM, "meals_exceed", finding, corrected)
    assert not withdraws(SYSTEM, "meals_exceed", finding, folded(SYSTEM, [plan(), over]))


def test_a_cluster_of_illness_is_red_at_once_and_ends_by_its_outcome() -> None:
    suspected = made("canteen.illness.cluster_suspected", "case-1", local(13), persons=2, symptoms=("vomiting",))
    [finding] = found(SYSTEM, "illness_cluster", folded(SYSTEM, [suspected]), local(13))
    assert rule_of(SYSTEM, "illness_cluster").severity == 1
    assert (finding.subject, finding.causes) == ("case-1", (suspected.id,))
    for outcome, was_mistake in (("excluded", True), ("confirmed", False)):
        closed = made("canteen.illness.cluster_closed", "case-1", local(20), outcome=outcome)
        state = folded(SYSTEM, [suspected, closed])
        assert not holds(SYSTEM, "illness_cluster", state, local(20))
        assert withdraws(SYSTEM, "illness_cluster", finding, state) is was_mistake


def test_one_sick_person_is_no_cluster() -> None:
    single = made("canteen.illness.cluster_suspected", "case-1", local(13), persons=1, symptoms=("fever",))
    assert not holds(SYSTEM, "illness_cluster", folded(SYSTEM, [single]), local(13))


@pytest.mark.parametrize(
    ("licence_ok", "expires_ms", "fault"),
    [(False, local(48), "licence"), (True, local(5), "expired"), (True, local(48), None)],
)
def test_goods_without_licence_or_past_their_life_are_found_for_a_day(
    licence_ok: bool,  # noqa: FBT001 — a table's column
    expires_ms: int,
    fault: str | None,
) -> None:
    goods = {"supplier_ref": "s-1", "item": "鲜猪肉", "mass_kg": 60.0, "batch": "A"}
    receipt = made(
        "canteen.receipt.inspected", "delivery-1", local(6), **goods, licence_ok=licence_ok, expires_ms=expires_ms
    )
    state = folded(SYSTEM, [receipt, receipt])
    details = [finding.detail for finding in found(SYSTEM, "delivery_unfit", state, local(6))]
    assert [detail["fault"] for detail in details if detail] == ([fault] if fault else [])
    assert not holds(SYSTEM, "delivery_unfit", state, local(30))


@pytest.mark.parametrize(
    ("figures", "is_short"),
    [
        ({"method": "steam", "duration_min": 10.0, "temp_c": 100.0}, False),
        ({"method": "steam", "duration_min": 9.9, "temp_c": 100.0}, True),
        ({"method": "boil", "duration_min": 15.0, "temp_c": 95.0}, True),
        ({"method": "boil", "duration_min": 15.0}, False),
        ({"method": "infrared", "duration_min": 12.0, "temp_c": 110.0}, True),
        ({"method": "chlorine", "duration_min": 5.0, "chlorine_mg_l": 250.0, "temp_c": 20.0}, False),
        ({"method": "chlorine", "duration_min": 5.0, "chlorine_mg_l": 240.0}, True),
    ],
)
def test_a_disinfection_below_its_figures_is_found(figures: dict[str, Any], is_short: bool) -> None:  # noqa: FBT001 — a table's column
    done = of_kitchen("disinfect.done", local(13), **figures, sets=430)
    assert holds(SYSTEM, "disinfection_short", folded(SYSTEM, [done, done]), local(13)) is is_short
    again = of_kitchen("disinfect.done", local(14), method="steam", duration_min=12.0, temp_c=100.0, sets=430)
    assert not holds(SYSTEM, "disinfection_short", folded(SYSTEM, [done, again]), local(14))
