"""The kitchen of one campus: the morning's deliveries and checks, its sensors, its meals, its camera's remarks."""

import random
from collections.abc import Iterator
from typing import Any, Final

from deploy.demo.cold_store import FREEZER, SENSORS, readings
from deploy.demo.dice import dice
from deploy.demo.draft import Draft, by_time, in_order
from deploy.demo.incidents import Kind, Script
from deploy.demo.meals import meal_drafts, plan_meals
from deploy.demo.plan import CampusPlan
from deploy.demo.school_day import SchoolDay
from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS

_GOODS: Final = ("鲜猪肉", "大米", "鸡蛋", "白菜", "豆腐", "鸡胸肉", "胡萝卜", "食用油")
_CHILLED: Final = frozenset({"鲜猪肉", "豆腐", "鸡胸肉"})


def kitchen_drafts(campus: CampusPlan, day: SchoolDay, seed: int, script: Script) -> Iterator[Draft]:
    """Everything that the campus's kitchen reports, in order."""
    chance = dice(seed, "kitchen", campus.campus_id, day.number)
    failing = script.window(Kind.FREEZER_FAILURE, campus.campus_id, FREEZER)
    sensors = [
        readings(
            sensor,
            day,
            failing if sensor.name == FREEZER else None,
            dice(seed, "sensor", campus.campus_id, sensor.name, day.number),
        )
        for sensor in SENSORS
    ]
    return in_order(*sensors, by_time(_happenings(campus, day, script, chance)))


def _happenings(campus: CampusPlan, day: SchoolDay, script: Script, chance: random.Random) -> Iterator[Draft]:
    kitchen = f"kitchen-{campus.short}"
    checked = {"on_duty": max(3, campus.pupils // 60), "unfit": 0, "temp_max_c": round(chance.uniform(36.2, 37.0), 1)}
    checked_ms = day.opens_ms + chance.randrange(MINUTE_MS, 8 * MINUTE_MS)
    yield _happening(checked_ms, "staff.morning_checked", kitchen, checked | {"hands_ok": True})
    for number, item in enumerate(chance.sample(_GOODS, chance.randrange(3, 6)), start=1):
        at_ms = day.opens_ms + chance.randrange(1, 35 * MINUTE_MS)
        yield _happening(at_ms, "receipt.inspected", f"delivery-{day.number}-{number}", _receipt(item, day, chance))
    for meal in plan_meals(campus, day, chance):
        dishes = [meal.dish(number) for number in range(1, 5)]
        unsampled = {dish: script.window(Kind.NO_SAMPLE, campus.campus_id, dish) for dish in dishes}
        yield from meal_drafts(meal, kitchen, day, unsampled, chance)
    for number in range(chance.choice((0, 0, 1, 2))):
        flag = {
            "kind": chance.choice(("no_cap", "no_mask", "phone")),
            "confidence": round(chance.uniform(0.6, 0.97), 2),
        }
        flag |= {"snapshot_ref": f"snapshot-{day.number}-{number + 1}"}
        at_ms = day.opens_ms + chance.randrange(20 * MINUTE_MS, 7 * HOUR_MS)
        yield _happening(at_ms, "kitchen.ai_flag", "camera-kitchen-1", flag)


def _receipt(item: str, day: SchoolDay, chance: random.Random) -> dict[str, Any]:
    receipt = {
        "supplier_ref": f"supplier-{chance.randrange(1, 40):03d}",
        "item": item,
        "mass_kg": round(chance.uniform(5, 120), 1),
        "batch": f"{day.number}-{chance.randrange(1, 9)}",
        "expires_ms": day.midnight_ms + chance.randrange(3, 60) * DAY_MS,
        "licence_ok": True,
    }
    return receipt | ({"temp_c": round(chance.uniform(1, 5), 1)} if item in _CHILLED else {})


def _happening(at_ms: int, kind: str, subject: str, data: dict[str, Any]) -> Draft:
    return Draft(at_ms, f"canteen.{kind}.v1", subject, data)
