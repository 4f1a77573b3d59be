"""Rules about meals: who must have checked, who must have eaten with the pupils, and whether portions add up."""

from collections.abc import Iterator
from typing import Final

from schemas.clock import DAY_MS, local_midnight_ms
from streams.core.spans import Span, rule_of_spans
from streams.core.system import Rule, RuleKind
from streams.systems.canteen.limits import ACCOMPANY_DUE_MS, MORNING_CHECK_DUE_MS, SHOWN_FOR_MS
from streams.systems.canteen.meals import exceeds
from streams.systems.canteen.state import Canteen, Meal, Plan


def _given(state: Canteen) -> Iterator[tuple[str, Meal, Plan]]:
    """The meals that are planned and not called off."""
    for meal_id, meal in state.meals.items():
        if meal.plan is not None and not meal.plan.cancelled:
            yield meal_id, meal, meal.plan


def _unchecked(state: Canteen) -> Iterator[Span]:
    """Each kitchen and day with a meal: from 06:30 until the staff were checked, or until the day is over."""
    days = {(plan.kitchen, local_midnight_ms(plan.starts_ms)): None for _, _, plan in _given(state)}
    for name, day_ms in days:
        kitchen = state.kitchens.get(name)
        check = kitchen.checks.get(day_ms) if kitchen is not None else None
        deadline_ms = day_ms + MORNING_CHECK_DUE_MS
        yield Span(name, deadline_ms, deadline_ms, check.checked_ms if check else day_ms + DAY_MS)


def _unaccompanied(state: Canteen) -> Iterator[Span]:
    for meal_id, meal, plan in _given(state):
        if plan.meal != "snack":
            deadline_ms = plan.ends_ms + ACCOMPANY_DUE_MS
            yield Span(meal_id, deadline_ms, deadline_ms, meal.accompanied_ms or plan.ends_ms + SHOWN_FOR_MS)


def _exceeded(state: Canteen) -> Iterator[Span]:
    for meal_id, meal, plan in _given(state):
        if exceeds(meal):
            latest = max(meal.groups.values(), key=lambda group: group.counted_ms)
            detail: dict[str, int | float | str] = {"served": meal.portions(), "planned": plan.heads + plan.guests}
            until_ms = plan.ends_ms + SHOWN_FOR_MS
            yield Span(meal_id, plan.starts_ms, meal.first_ms, until_ms, (latest.event_id,), detail)


MORNING_CHECK_MISSING: Final[Rule[Canteen]] = rule_of_spans(
    "canteen.morning_check_missing",
    _unchecked,
    kind=RuleKind.ABSENCE,
    severity=3,
    title_zh="供餐日06:30前未完成从业人员晨检",
    title_en="Kitchen staff not checked by 06:30 on a day with meals",
    citation="餐饮服务食品安全操作规范 (2018): staff are checked daily before work [M]; 06:30 [A]",
    withdrawable=True,
)
ACCOMPANY_MISSING: Final[Rule[Canteen]] = rule_of_spans(
    "canteen.accompany_missing",
    _unaccompanied,
    kind=RuleKind.ABSENCE,
    severity=4,
    title_zh="餐后30分钟内无学校负责人陪餐记录",
    title_en="No school leader recorded as eating with the pupils 30 min after the meal",
    citation="学校食品安全与营养健康管理规定 (教育部等令45号, 2019): leaders eat with pupils [S]; 30 min [A]",
    withdrawable=True,
)
MEALS_EXCEED: Final[Rule[Canteen]] = rule_of_spans(
    "canteen.meals_exceed",
    _exceeded,
    kind=RuleKind.CONSERVATION,
    severity=4,
    title_zh="供餐份数超过计划就餐人数与来客之和",
    title_en="More portions served than planned heads and guests",
    citation="At most one portion for each head and guest planned: the product's own check [A]",
    withdrawable=True,
)
