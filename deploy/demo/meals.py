"""The meals of one kitchen: planned, cooked, served, sampled, counted, accompanied."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from deploy.demo.draft import Draft
from deploy.demo.plan import CampusPlan, Stage
from deploy.demo.school_day import SchoolDay
from deploy.demo.source import Window
from schemas.clock import MINUTE_MS, SECOND_MS

_LUNCH: Final[dict[Stage, tuple[int, int]]] = {"kindergarten": (11, 20), "primary": (11, 50), "junior": (11, 55)}
_DISHES: Final = {
    "breakfast": ("白粥", "鲜肉包", "茶叶蛋"),
    "lunch": ("冬瓜排骨", "番茄炒蛋", "清炒时蔬", "紫菜汤"),
    "dinner": ("土豆烧鸡", "麻婆豆腐", "炒青菜"),
}
_COUNT_EVERY_MS: Final = 8 * MINUTE_MS


@dataclass(frozen=True)
class MealPlan:
    """One meal."""

    kind: str
    meal_id: str
    starts_ms: int
    ends_ms: int
    heads: int

    def dish(self, number: int) -> str:
        """The id of its dish, counted from 1."""
        return f"{self.meal_id}-{number}"


def plan_meals(campus: CampusPlan, day: SchoolDay, chance: random.Random) -> tuple[MealPlan, ...]:
    """Lunch everywhere; where boarders live, breakfast and dinner too."""
    lunch_ms = day.at(*_LUNCH[campus.stage])
    eating = round(campus.pupils * chance.uniform(0.7, 0.95))
    meals = [MealPlan("lunch", f"meal-{day.number}-lunch", lunch_ms, lunch_ms + 45 * MINUTE_MS, eating)]
    if campus.has_boarders:
        boarders = max(20, round(campus.pupils * 0.4))
        morning_ms, evening_ms = day.at(6, 40), day.at(17, 40)
        breakfast = ("breakfast", f"meal-{day.number}-breakfast", morning_ms, morning_ms + 40 * MINUTE_MS)
        dinner = ("dinner", f"meal-{day.number}-dinner", evening_ms, evening_ms + 40 * MINUTE_MS)
        meals = [MealPlan(*breakfast, boarders), *meals, MealPlan(*dinner, boarders)]
    return tuple(meals)


def meal_drafts(
    meal: MealPlan, kitchen: str, day: SchoolDay, unsampled: dict[str, Window | None], chance: random.Random
) -> Iterator[Draft]:
    """Everything about one meal, not in order; dishes in ``unsampled`` with a window get no sample."""
    key = {"meal_id": meal.meal_id}
    plan = {"meal": meal.kind, "starts_ms": meal.starts_ms, "ends_ms": meal.ends_ms, "planned_heads": meal.heads}
    planned_ms = day.opens_ms + chance.randrange(1, 60) * SECOND_MS
    yield _happening(planned_ms, "meal.planned", kitchen, key | plan | {"guests": chance.randrange(4)})
    for number, name in enumerate(_DISHES[meal.kind], start=1):
        dish = meal.dish(number)
        yield from _dish(meal, dish, name, is_sampled=unsampled.get(dish) is None, chance=chance)
    yield from _servings(meal, kitchen, chance)
    score = {"leader_ref": f"leader-{chance.randrange(1, 6)}", "score": chance.choice((4, 4, 5)), "issues": 0}
    yield _happening(meal.ends_ms + chance.randrange(3, 20) * MINUTE_MS, "accompany.logged", kitchen, key | score)
    washed = {"method": "steam", "duration_min": 15.0, "temp_c": 100.0, "sets": meal.heads + 5}
    yield _happening(meal.ends_ms + chance.randrange(30, 50) * MINUTE_MS, "disinfect.done", kitchen, washed)


def _dish(meal: MealPlan, dish: str, name: str, *, is_sampled: bool, chance: random.Random) -> Iterator[Draft]:
    key = {"meal_id": meal.meal_id}
    cooked_ms = meal.starts_ms - chance.randrange(4 * 60, 18 * 60) * SECOND_MS
    cooked = {"name": name, "core_temp_c": round(chance.uniform(76, 94), 1), "served_from_ms": meal.starts_ms}
    yield _happening(cooked_ms, "dish.cooked", dish, key | cooked)
    served_ms = meal.starts_ms + chance.randrange(1, 120) * SECOND_MS
    yield _happening(served_ms, "dish.served", dish, key | {"hold_temp_c": round(chance.uniform(61, 70), 1)})
    if is_sampled:
        kept = {"mass_g": float(chance.randrange(130, 185, 5)), "cabinet_ref": "cabinet-1", "by_ref": "staff-02"}
        kept_ms = meal.starts_ms - chance.randrange(30, 200) * SECOND_MS
        yield _happening(kept_ms, "sample.retained", dish, key | kept)


def _servings(meal: MealPlan, kitchen: str, chance: random.Random) -> Iterator[Draft]:
    """The count so far every eight minutes, never above the plan."""
    eaten = round(meal.heads * chance.uniform(0.93, 1.0))
    span_ms = meal.ends_ms - meal.starts_ms
    for at_ms in range(meal.starts_ms + _COUNT_EVERY_MS, meal.ends_ms + 1, _COUNT_EVERY_MS):
        served = min(eaten, round(eaten * 1.1 * (at_ms - meal.starts_ms) / span_ms))
        data: dict[str, Any] = {"meal_id": meal.meal_id, "sitting": 1, "served": served, "allergen_flags": 0}
        yield _happening(at_ms, "meal.count_digest", kitchen, data)


def _happening(at_ms: int, kind: str, subject: str, data: dict[str, Any]) -> Draft:
    return Draft(at_ms, f"canteen.{kind}.v1", subject, data)
