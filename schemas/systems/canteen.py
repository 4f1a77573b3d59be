"""Events of the school kitchen and dining hall: goods, staff, temperatures, dishes, samples, meals, incidents.

``subject`` is the kitchen unless its declaration below says otherwise. A meal is named by ``meal_id``, unique on its
campus for ever (``2026-11-24-lunch``); a dish by its own id within the meal. When something was done is the event's
``time``; instants inside ``data`` say what ``time`` cannot. Persons appear as counts or as references.
"""

from functools import partial
from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.events import Classification, EventData, EventType, event
from schemas.fields import Count, EpochMs, Label, Ref
from schemas.retention import RetentionClass

Zone = Literal["fridge", "freezer", "sample", "hot_hold", "disinfect_cabinet"]
Meal = Literal["breakfast", "lunch", "dinner", "snack"]
RoomTemperature = Annotated[float, Field(ge=-80, le=250)]


class ReceiptInspected(EventData):
    """A delivery was checked at the door (食品安全法 Art. 53, 55)."""

    supplier_ref: Ref
    item: Label
    mass_kg: Annotated[float, Field(gt=0, le=20_000)]
    batch: Label
    expires_ms: EpochMs
    licence_ok: bool
    temp_c: Annotated[float, Field(ge=-60, le=80)] | None = None
    """Core or surface temperature of chilled and frozen goods."""


class StaffMorningChecked(EventData):
    """The kitchen's staff were examined before work."""

    on_duty: Count
    unfit: Count
    """Sent home or to other work."""
    temp_max_c: Annotated[float, Field(ge=30, le=45)] | None = None
    hands_ok: bool


class TempSampled(EventData):
    """One reading of one temperature sensor."""

    zone: Zone
    temp_c: RoomTemperature


class TempBreach(EventData):
    """The sensor's own alarm: it has been outside its limits for this long."""

    zone: Zone
    temp_c: RoomTemperature
    duration_min: Annotated[float, Field(ge=0, le=10_080)]


class MealPlanned(EventData):
    """A meal will be given; sent again, the newest plan counts. It is what expectations are made from."""

    meal_id: Ref
    meal: Meal
    starts_ms: EpochMs
    ends_ms: EpochMs
    planned_heads: Count
    """Pupils and staff who are to eat."""
    guests: Count = 0
    cancelled: bool = False


class DishCooked(EventData):
    """A dish is done; ``time`` is when."""

    meal_id: Ref
    name: Label
    core_temp_c: Annotated[float, Field(ge=-20, le=250)]
    served_from_ms: EpochMs | None = None
    """When it is to go out."""


class DishServed(EventData):
    """A dish went out; ``time`` is when the first portion did."""

    meal_id: Ref
    hold_temp_c: Annotated[float, Field(ge=-20, le=120)] | None = None


class SampleRetained(EventData):
    """A sample of a dish was put aside (令45号 Art. 40)."""

    meal_id: Ref
    mass_g: Annotated[float, Field(gt=0, le=5000)]
    cabinet_ref: Ref
    by_ref: Ref


class SampleDisposed(EventData):
    """A sample was thrown away."""

    meal_id: Ref
    by_ref: Ref


class DisinfectDone(EventData):
    """Tableware was disinfected."""

    method: Literal["steam", "boil", "infrared", "chlorine"]
    duration_min: Annotated[float, Field(ge=0, le=1440)]
    temp_c: Annotated[float, Field(ge=0, le=300)] | None = None
    chlorine_mg_l: Annotated[float, Field(ge=0, le=10_000)] | None = None
    sets: Count


class AccompanyLogged(EventData):
    """A responsible school leader ate with the pupils."""

    meal_id: Ref
    leader_ref: Ref
    score: Annotated[int, Field(ge=1, le=5)]
    issues: Annotated[int, Field(ge=0, le=99)]
    """How many were noted; what they are stays in the school's own book."""


class MealCountDigest(EventData):
    """How many portions one sitting, or one class of it, has been given so far: absolute, the newest counts."""

    meal_id: Ref
    sitting: Annotated[int, Field(ge=1, le=12)]
    class_ref: Ref | None = None
    served: Count
    allergen_flags: Count = 0


class KitchenAiFlag(EventData):
    """A kitchen camera's program saw something. The picture stays on the campus; only its reference travels."""

    kind: Literal["no_cap", "no_mask", "smoking", "phone", "rodent", "unattended_fire"]
    confidence: Annotated[float, Field(ge=0, le=1)]
    snapshot_ref: Ref


Symptom = Literal["vomiting", "diarrhoea", "abdominal_pain", "nausea", "fever", "rash", "other"]


class IllnessClusterSuspected(EventData):
    """Several persons fell ill after a shared meal; sent again under the same subject as the count changes."""

    persons: Annotated[int, Field(ge=1, le=100_000)]
    symptoms: Annotated[tuple[Symptom, ...], Field(min_length=1, max_length=7)]
    meal_id: Ref | None = None


class IllnessClusterClosed(EventData):
    """The health authority or the school has ended the case."""

    outcome: Literal["confirmed", "excluded"]


_MEAL: Final = "2026-11-24-lunch"

_event: Final = partial(event, retention=RetentionClass.CANTEEN)

EVENTS: Final[tuple[EventType, ...]] = (
    _event(
        "canteen.receipt.inspected",
        ReceiptInspected,
        subject="delivery",
        sample={
            "supplier_ref": "supplier-0417",
            "item": "鲜猪肉",
            "mass_kg": 62.5,
            "batch": "20261123-A",
            "expires_ms": 1_795_694_400_000,
            "licence_ok": True,
            "temp_c": 3.4,
        },
    ),
    _event(
        "canteen.staff.morning_checked",
        StaffMorningChecked,
        subject="kitchen",
        sample={"on_duty": 9, "unfit": 0, "temp_max_c": 36.8, "hands_ok": True},
    ),
    _event(
        "canteen.temp.sampled",
        TempSampled,
        subject="sensor",
        sample={"zone": "freezer", "temp_c": -19.2},
    ),
    _event(
        "canteen.temp.breach",
        TempBreach,
        subject="sensor",
        sample={"zone": "freezer", "temp_c": -9.6, "duration_min": 12.0},
    ),
    _event(
        "canteen.meal.planned",
        MealPlanned,
        subject="kitchen",
        sample={
            "meal_id": _MEAL,
            "meal": "lunch",
            "starts_ms": 1_795_491_000_000,
            "ends_ms": 1_795_495_200_000,
            "planned_heads": 412,
            "guests": 3,
        },
    ),
    _event(
        "canteen.dish.cooked",
        DishCooked,
        subject="dish",
        sample={
            "meal_id": _MEAL,
            "name": "冬瓜排骨",
            "core_temp_c": 84.5,
            "served_from_ms": 1_795_491_000_000,
        },
        classification=Classification.PUBLIC,
    ),
    _event(
        "canteen.dish.served",
        DishServed,
        subject="dish",
        sample={"meal_id": _MEAL, "hold_temp_c": 63.0},
        classification=Classification.PUBLIC,
    ),
    _event(
        "canteen.sample.retained",
        SampleRetained,
        subject="dish",
        sample={"meal_id": _MEAL, "mass_g": 150.0, "cabinet_ref": "cabinet-1", "by_ref": "staff-5d20"},
    ),
    _event(
        "canteen.sample.disposed",
        SampleDisposed,
        subject="dish",
        sample={"meal_id": _MEAL, "by_ref": "staff-5d20"},
    ),
    _event(
        "canteen.disinfect.done",
        DisinfectDone,
        subject="kitchen",
        sample={"method": "steam", "duration_min": 15.0, "temp_c": 100.0, "sets": 430},
    ),
    _event(
        "canteen.accompany.logged",
        AccompanyLogged,
        subject="kitchen",
        sample={"meal_id": _MEAL, "leader_ref": "staff-1a07", "score": 4, "issues": 0},
    ),
    _event(
        "canteen.meal.count_digest",
        MealCountDigest,
        subject="kitchen",
        sample={"meal_id": _MEAL, "sitting": 1, "served": 208, "allergen_flags": 2},
    ),
    _event(
        "canteen.kitchen.ai_flag",
        KitchenAiFlag,
        subject="camera",
        sample={"kind": "no_mask", "confidence": 0.87, "snapshot_ref": "snap-20261124-0931"},
    ),
    _event(
        "canteen.illness.cluster_suspected",
        IllnessClusterSuspected,
        subject="case",
        sample={"persons": 4, "symptoms": ["vomiting", "diarrhoea"], "meal_id": _MEAL},
        classification=Classification.SENSITIVE,
    ),
    _event(
        "canteen.illness.cluster_closed",
        IllnessClusterClosed,
        subject="case",
        sample={"outcome": "excluded"},
        classification=Classification.SENSITIVE,
    ),
)
