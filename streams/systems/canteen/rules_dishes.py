"""Rules about dishes and their samples."""

from collections.abc import Iterator
from typing import Final

from streams.core.spans import Span, rule_of_spans
from streams.core.system import Rule, RuleKind
from streams.systems.canteen.limits import CORE_C, SAMPLE_G, SAMPLE_GRACE_MS, SAMPLE_KEPT_MS, SHOWN_FOR_MS
from streams.systems.canteen.state import Canteen, Dish

_SAMPLES: Final = "学校食品安全与营养健康管理规定 (教育部等令45号, 2019) Art. 40 [S]"


def _dishes(state: Canteen) -> Iterator[tuple[str, Dish]]:
    for meal_id, meal in state.meals.items():
        for name, dish in meal.dishes.items():
            yield f"{meal_id}:{name}", dish


def _unsampled(state: Canteen) -> Iterator[Span]:
    """From half an hour after serving began until a sample was put aside, or until nobody would need it any more."""
    for subject, dish in _dishes(state):
        if dish.served_ms:
            deadline_ms = dish.served_ms + SAMPLE_GRACE_MS
            until_ms = dish.sample_ms or dish.served_ms + SAMPLE_KEPT_MS
            detail: dict[str, int | float | str] = {"dish": dish.name, "light_g": dish.light_g, "least_g": SAMPLE_G}
            yield Span(subject, deadline_ms, deadline_ms, until_ms, (dish.served_by,), detail)


def _disposed_early(state: Canteen) -> Iterator[Span]:
    for subject, dish in _dishes(state):
        if dish.sample_ms and 0 < dish.disposed_ms < dish.sample_ms + SAMPLE_KEPT_MS:
            kept_min = max(0, dish.disposed_ms - dish.sample_ms) // 60_000
            detail: dict[str, int | float | str] = {"dish": dish.name, "kept_min": kept_min}
            disposed_ms = dish.disposed_ms
            causes = (dish.sample_by, dish.disposed_by)
            yield Span(subject, disposed_ms, disposed_ms, disposed_ms + SHOWN_FOR_MS, causes, detail)


def _undercooked(state: Canteen) -> Iterator[Span]:
    for subject, dish in _dishes(state):
        if dish.cooked_ms and dish.core_temp_c < CORE_C:
            detail: dict[str, int | float | str] = {
                "dish": dish.name,
                "core_temp_c": dish.core_temp_c,
                "least_c": CORE_C,
            }
            cooked_ms = dish.cooked_ms
            yield Span(subject, cooked_ms, cooked_ms, cooked_ms + SHOWN_FOR_MS, (dish.cooked_by,), detail)


SAMPLE_MISSING: Final[Rule[Canteen]] = rule_of_spans(
    "canteen.sample_missing",
    _unsampled,
    kind=RuleKind.ABSENCE,
    severity=2,
    title_zh="菜品已供餐但未留样或留样不足125克",
    title_en="Dish served without a sample of at least 125 g",
    citation=_SAMPLES + ": at least 125 g of each dish of each meal; 30 min of grace [A]",
    withdrawable=True,
)
SAMPLE_DISPOSED_EARLY: Final[Rule[Canteen]] = rule_of_spans(
    "canteen.sample_disposed_early",
    _disposed_early,
    kind=RuleKind.THRESHOLD,
    severity=3,
    title_zh="留样未满48小时即被处置",
    title_en="Sample thrown away before 48 h",
    citation=_SAMPLES + ": kept cold for at least 48 h",
    withdrawable=True,
)
UNDERCOOKED: Final[Rule[Canteen]] = rule_of_spans(
    "canteen.undercooked",
    _undercooked,
    kind=RuleKind.THRESHOLD,
    severity=2,
    title_zh="菜品中心温度低于70 ℃",
    title_en="Core temperature of a cooked dish below 70 °C",
    citation="餐饮服务食品安全操作规范 (2018), GB 31654-2021: core at least 70 °C [M]",
)
