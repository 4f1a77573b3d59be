"""What a consortium's line says about a campus's canteen: the day's meals and samples, and the cold stores now."""

from collections.abc import Iterator

from schemas.clock import DAY_MS, local_midnight_ms
from streams.core.spell import begun_ms
from streams.core.system import Summary
from streams.systems.canteen.limits import SENSOR_FORGOTTEN_AFTER_MS, SENSOR_SILENT_AFTER_MS
from streams.systems.canteen.state import Canteen, Dish, Meal


def summarise(state: Canteen, now_ms: int) -> Summary:
    """Key figures of the local day of ``now_ms``."""
    meals = list(_meals_of_day(state, now_ms))
    served = [dish for meal in meals for dish in meal.dishes.values() if dish.served_ms]
    ages_ms = [now_ms - sensor.read_ms for sensor in state.sensors.values()]
    heard = sum(age_ms < SENSOR_SILENT_AFTER_MS for age_ms in ages_ms)
    known = sum(age_ms < SENSOR_FORGOTTEN_AFTER_MS for age_ms in ages_ms)
    counts = {
        "meals_planned": sum(meal.plan is not None for meal in meals),
        "portions_planned": sum(meal.plan.heads + meal.plan.guests for meal in meals if meal.plan is not None),
        "portions_served": sum(meal.portions() for meal in meals),
        "samples_due": len(served),
        "samples_kept": sum(_is_sampled(dish) for dish in served),
        "freezers_warm": _warm(state, "freezer"),
        "fridges_warm": _warm(state, "fridge") + _warm(state, "sample"),
        "clusters_open": sum(begun_ms(case.open) is not None for case in state.cases.values()),
    }
    return Summary(counts, heard, known - heard)


def _meals_of_day(state: Canteen, now_ms: int) -> Iterator[Meal]:
    day_ms = local_midnight_ms(now_ms)
    for meal in state.meals.values():
        is_cancelled = meal.plan is not None and meal.plan.cancelled
        if not is_cancelled and day_ms <= meal.at_ms() < day_ms + DAY_MS:
            yield meal


def _is_sampled(dish: Dish) -> bool:
    return dish.sample_ms > 0


def _warm(state: Canteen, zone: str) -> int:
    return sum(sensor.zone == zone and begun_ms(sensor.warm) is not None for sensor in state.sensors.values())
