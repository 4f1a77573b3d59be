"""What the event models of ``canteen`` accept and refuse."""

from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from schemas.ids import EventTypeName
from schemas.systems import catalogue
from schemas.systems.canteen import EVENTS


def check(name: str, /, **changes: Any) -> None:  # noqa: ANN401 — any field of any event
    declared = catalogue()[EventTypeName(f"canteen.{name}.v1")]
    data = {field: value for field, value in (declared.sample | changes).items() if value is not ...}
    declared.data.model_validate_json(msgspec.json.encode(data))


@pytest.mark.parametrize("declared", EVENTS, ids=lambda declared: declared.name)
def test_every_sample_fits_and_an_unknown_field_is_refused(declared: Any) -> None:  # noqa: ANN401 — an event type
    declared.data.model_validate_json(msgspec.json.encode(declared.sample))
    with pytest.raises(ValidationError):
        declared.data.model_validate_json(msgspec.json.encode(declared.sample | {"note": "x"}))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("temp.sampled", {"temp_c": "4.0"}),
        ("temp.sampled", {"temp_c": True}),
        ("temp.sampled", {"temp_c": 300.0}),
        ("temp.sampled", {"zone": "cellar"}),
        ("temp.sampled", {"zone": ...}),
        ("meal.planned", {"starts_ms": 1_795_491_000}),
        ("meal.planned", {"planned_heads": -1}),
        ("meal.planned", {"meal_id": "午餐"}),
        ("dish.cooked", {"name": ""}),
        ("sample.retained", {"mass_g": 0.0}),
        ("sample.retained", {"by_ref": "张三 138"}),
        ("accompany.logged", {"score": 6}),
        ("meal.count_digest", {"sitting": 0}),
        ("kitchen.ai_flag", {"confidence": 1.01}),
        ("illness.cluster_suspected", {"persons": 0}),
        ("illness.cluster_suspected", {"symptoms": []}),
        ("staff.morning_checked", {"on_duty": 3.5}),
    ],
)
def test_nonsense_is_refused(name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(name, **changes)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("temp.sampled", {"temp_c": -19}),
        ("temp.sampled", {"zone": "disinfect_cabinet", "temp_c": 125.0}),
        ("meal.planned", {"guests": ...}),
        ("meal.planned", {"cancelled": True}),
        ("dish.served", {"hold_temp_c": ...}),
        ("disinfect.done", {"method": "chlorine", "temp_c": ..., "chlorine_mg_l": 250.0}),
        ("meal.count_digest", {"class_ref": "class-3-2"}),
        ("illness.cluster_suspected", {"meal_id": ...}),
    ],
)
def test_what_real_kitchens_send_is_accepted(name: str, changes: dict[str, Any]) -> None:
    check(name, **changes)
