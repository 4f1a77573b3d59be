"""Folds what is said of meals and their dishes. First times win for deeds, newest words for plans and counts.

What comes late and changes no figure still tells that the meal was spoken of, so it counts as a sign of life.
"""

from schemas.frame import LoggedEvent
from streams.core.bounded import make_room
from streams.core.system import Effect
from streams.systems.canteen.limits import CORE_C, SAMPLE_G
from streams.systems.canteen.state import (
    MAX_DISHES,
    MAX_GROUPS,
    MAX_MEALS,
    MEALS_KEPT_MS,
    Canteen,
    Dish,
    Meal,
    Plan,
    Served,
)


def planned(state: Canteen, event: LoggedEvent) -> Effect:
    """A meal is to be given; expectations are made from the newest plan."""
    data, at_ms = event.data, event.occurredms
    plan = Plan(
        at_ms,
        event.subject,
        data["meal"],
        data["starts_ms"],
        data["ends_ms"],
        data["planned_heads"],
        data.get("guests", 0),
        data.get("cancelled", False),
    )
    meal = _meal(state, event)
    if meal is None:
        return Effect.NOTHING
    if meal.plan is not None and at_ms <= meal.plan.planned_ms:
        return Effect.ALIVE
    meal.plan = plan
    return Effect.JUDGE


def counted(state: Canteen, event: LoggedEvent) -> Effect:
    """Portions given to one sitting, or to one class of it."""
    data, at_ms = event.data, event.occurredms
    group = data.get("class_ref") or f"sitting-{data['sitting']}"
    count = Served(at_ms, event.id, data["served"], data.get("allergen_flags", 0))
    meal = _meal(state, event)
    if meal is None:
        return Effect.NOTHING
    known = meal.groups.get(group)
    if known is None:
        make_room(meal.groups, MAX_GROUPS, lambda old: old.counted_ms)
    elif at_ms <= known.counted_ms:
        return Effect.ALIVE
    exceeded = exceeds(meal)
    meal.groups[group] = count
    return Effect.JUDGE if exceeded or exceeds(meal) else Effect.VISIBLE


def cooked(state: Canteen, event: LoggedEvent) -> Effect:
    """A dish is done, or was put back and is done now: the newest core temperature counts."""
    name, core_temp_c = event.data["name"], event.data["core_temp_c"]
    dish = _dish(state, event)
    if dish is None:
        return Effect.NOTHING
    if event.occurredms <= dish.cooked_ms:
        return Effect.ALIVE
    was_raw = dish.cooked_ms > 0 and dish.core_temp_c < CORE_C
    dish.name, dish.core_temp_c = name, core_temp_c
    dish.cooked_ms, dish.cooked_by = event.occurredms, event.id
    return Effect.JUDGE if was_raw or core_temp_c < CORE_C else Effect.VISIBLE


def served(state: Canteen, event: LoggedEvent) -> Effect:
    """The first portion of a dish went out."""
    dish = _dish(state, event)
    if dish is None:
        return Effect.NOTHING
    if 0 < dish.served_ms <= event.occurredms:
        return Effect.ALIVE
    dish.served_ms, dish.served_by = event.occurredms, event.id
    return Effect.JUDGE


def sample_retained(state: Canteen, event: LoggedEvent) -> Effect:
    """A sample was put aside; one that is too light is remembered but does not count."""
    mass_g = event.data["mass_g"]
    dish = _dish(state, event)
    if dish is None:
        return Effect.NOTHING
    if mass_g < SAMPLE_G:
        dish.light_g = max(dish.light_g, mass_g)
        return Effect.JUDGE
    if 0 < dish.sample_ms <= event.occurredms:
        return Effect.ALIVE
    dish.sample_ms, dish.sample_by, dish.sample_g = event.occurredms, event.id, mass_g
    return Effect.JUDGE


def sample_disposed(state: Canteen, event: LoggedEvent) -> Effect:
    """A sample was thrown away."""
    dish = _dish(state, event)
    if dish is None:
        return Effect.NOTHING
    if 0 < dish.disposed_ms <= event.occurredms:
        return Effect.ALIVE
    dish.disposed_ms, dish.disposed_by = event.occurredms, event.id
    return Effect.JUDGE


def accompanied(state: Canteen, event: LoggedEvent) -> Effect:
    """A responsible leader ate with the pupils; the first record of a meal counts."""
    score, issues = event.data["score"], event.data["issues"]
    meal = _meal(state, event)
    if meal is None:
        return Effect.NOTHING
    if 0 < meal.accompanied_ms <= event.occurredms:
        return Effect.ALIVE
    meal.accompanied_ms, meal.score, meal.issues = event.occurredms, score, issues
    return Effect.JUDGE


def exceeds(meal: Meal) -> bool:
    """Whether more portions were served than planned for."""
    plan = meal.plan
    return plan is not None and meal.portions() > plan.heads + plan.guests


def _meal(state: Canteen, event: LoggedEvent) -> Meal | None:
    """The meal that an event speaks of; None if it is too long ago to be remembered."""
    meal_id, at_ms = event.data["meal_id"], event.occurredms
    state.newest_ms = max(state.newest_ms, at_ms)
    meal = state.meals.get(meal_id)
    if meal is None:
        if at_ms < state.newest_ms - MEALS_KEPT_MS:
            return None
        _forget_old_meals(state)
        meal = state.meals[meal_id] = Meal(first_ms=at_ms)
    meal.first_ms = min(meal.first_ms, at_ms)
    return meal


def _forget_old_meals(state: Canteen) -> None:
    horizon_ms = state.newest_ms - MEALS_KEPT_MS
    state.meals = {meal_id: meal for meal_id, meal in state.meals.items() if meal.at_ms() >= horizon_ms}
    make_room(state.meals, MAX_MEALS, Meal.at_ms)


def _dish(state: Canteen, event: LoggedEvent) -> Dish | None:
    meal = _meal(state, event)
    if meal is None:
        return None
    dish = meal.dishes.get(event.subject)
    if dish is None:
        make_room(meal.dishes, MAX_DISHES, lambda old: old.cooked_ms or old.served_ms)
        dish = meal.dishes[event.subject] = Dish()
    return dish
