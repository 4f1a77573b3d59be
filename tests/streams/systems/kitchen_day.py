"""What one kitchen reports on a day, for tests."""

from typing import Any

from schemas.frame import LoggedEvent
from tests.streams.systems.driving import local, made

LUNCH = "2026-11-24-lunch"


def reading(at_ms: int, temp_c: float, zone: str = "freezer", received_ms: int | None = None) -> LoggedEvent:
    return made("canteen.temp.sampled", f"{zone}-1", at_ms, received_ms, zone=zone, temp_c=temp_c)


def plan(at_ms: int = local(5), received_ms: int | None = None, **changes: Any) -> LoggedEvent:  # noqa: ANN401 — any field of the plan
    planned = {
        "meal_id": LUNCH,
        "meal": "lunch",
        "starts_ms": local(11, 30),
        "ends_ms": local(12, 40),
        "planned_heads": 400,
        "guests": 3,
    }
    return made("canteen.meal.planned", "kitchen-1", at_ms, received_ms, **(planned | changes))


def of_dish(what: str, at_ms: int, received_ms: int | None = None, **more: Any) -> LoggedEvent:  # noqa: ANN401 — any field of a dish's event
    return made(f"canteen.{what}", "dish-3", at_ms, received_ms, meal_id=LUNCH, **more)


def sample(at_ms: int, mass_g: float = 125.0, received_ms: int | None = None) -> LoggedEvent:
    return of_dish("sample.retained", at_ms, received_ms, mass_g=mass_g, cabinet_ref="cabinet-1", by_ref="staff-1")


def of_kitchen(what: str, at_ms: int, received_ms: int | None = None, **more: Any) -> LoggedEvent:  # noqa: ANN401 — any field of a kitchen's event
    return made(f"canteen.{what}", "kitchen-1", at_ms, received_ms, **more)


def morning_check(at_ms: int, received_ms: int | None = None) -> LoggedEvent:
    return of_kitchen("staff.morning_checked", at_ms, received_ms, on_duty=9, unfit=0, hands_ok=True)


def accompanied(at_ms: int, received_ms: int | None = None) -> LoggedEvent:
    figures = {"meal_id": LUNCH, "leader_ref": "staff-1", "score": 4, "issues": 0}
    return of_kitchen("accompany.logged", at_ms, received_ms, **figures)


def count(at_ms: int, served: int, received_ms: int | None = None) -> LoggedEvent:
    return of_kitchen("meal.count_digest", at_ms, received_ms, meal_id=LUNCH, sitting=1, served=served)
