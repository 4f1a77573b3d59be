"""What is known of one campus's canteen. Bounded: meals are kept four days, and every map has a capacity."""

from typing import Final

import msgspec

from schemas.clock import DAY_MS
from streams.core.spell import Spell

MAX_SENSORS: Final = 64
MAX_KITCHENS: Final = 8
MAX_CHECKED_DAYS: Final = 4
MAX_MEALS: Final = 32
MAX_DISHES: Final = 48
MAX_GROUPS: Final = 128
MAX_DELIVERIES: Final = 32
MAX_CASES: Final = 16
MAX_CAMERAS: Final = 16
MEALS_KEPT_MS: Final = 4 * DAY_MS
"""Longer than any rule looks back: a sample is kept 48 h, and a sample thrown away early is shown for another day."""


class Sensor(msgspec.Struct, omit_defaults=True):
    """One temperature sensor: its newest reading, and since when it has been too warm."""

    read_ms: int = 0
    zone: str = ""
    temp_c: float = 0.0
    warm: Spell = msgspec.field(default_factory=Spell)


class MorningCheck(msgspec.Struct):
    """The first check of the staff on one day."""

    checked_ms: int
    on_duty: int
    unfit: int
    hands_ok: bool


class Disinfection(msgspec.Struct):
    """The newest disinfection of a kitchen."""

    done_ms: int
    event_id: str
    method: str
    duration_min: float
    temp_c: float | None
    chlorine_mg_l: float | None
    sets: int


class Kitchen(msgspec.Struct, omit_defaults=True):
    """One kitchen."""

    checks: dict[int, MorningCheck] = msgspec.field(default_factory=dict)
    """By the instant of the local midnight with which the day began."""
    disinfection: Disinfection | None = None


class Dish(msgspec.Struct, omit_defaults=True):
    """One dish of one meal. Instants are those of its events; 0: not so far."""

    name: str = ""
    cooked_ms: int = 0
    cooked_by: str = ""
    """Id of the event, as in all fields of this form."""
    core_temp_c: float = 0.0
    served_ms: int = 0
    """The first portion."""
    served_by: str = ""
    sample_ms: int = 0
    """The first sample that was heavy enough."""
    sample_by: str = ""
    sample_g: float = 0.0
    light_g: float = 0.0
    """The heaviest sample that was too light."""
    disposed_ms: int = 0
    disposed_by: str = ""


class Served(msgspec.Struct):
    """Portions given to one sitting or class, as last reported."""

    counted_ms: int
    event_id: str
    served: int
    allergen_flags: int


class Plan(msgspec.Struct):
    """A meal as last planned."""

    planned_ms: int
    kitchen: str
    meal: str
    starts_ms: int
    ends_ms: int
    heads: int
    guests: int
    cancelled: bool


class Meal(msgspec.Struct, omit_defaults=True):
    """One meal: what was planned, cooked, kept, served, and who ate with the pupils."""

    first_ms: int = 0
    """The earliest event about it."""
    plan: Plan | None = None
    dishes: dict[str, Dish] = msgspec.field(default_factory=dict)
    groups: dict[str, Served] = msgspec.field(default_factory=dict)
    accompanied_ms: int = 0
    score: int = 0
    issues: int = 0

    def portions(self) -> int:
        """Portions served so far."""
        return sum(group.served for group in self.groups.values())

    def at_ms(self) -> int:
        """When it is: as planned, else its earliest event."""
        return self.plan.starts_ms if self.plan is not None else self.first_ms


class Delivery(msgspec.Struct):
    """Goods that came."""

    inspected_ms: int
    event_id: str
    item: str
    mass_kg: float
    expires_ms: int
    licence_ok: bool


class Case(msgspec.Struct, omit_defaults=True):
    """A suspected cluster of illness."""

    reported_ms: int = 0
    persons: int = 0
    meal_id: str = ""
    symptoms: list[str] = msgspec.field(default_factory=list)
    outcome: str = ""
    open: Spell = msgspec.field(default_factory=Spell)


class Flag(msgspec.Struct):
    """What a kitchen camera's program last saw."""

    flagged_ms: int
    kind: str
    confidence: float
    snapshot_ref: str


class Canteen(msgspec.Struct, omit_defaults=True):
    """State of the system ``canteen`` of one campus."""

    newest_ms: int = 0
    """The newest event about any meal: meals ``MEALS_KEPT_MS`` before it are forgotten, late news ignored."""
    sensors: dict[str, Sensor] = msgspec.field(default_factory=dict)
    kitchens: dict[str, Kitchen] = msgspec.field(default_factory=dict)
    meals: dict[str, Meal] = msgspec.field(default_factory=dict)
    deliveries: dict[str, Delivery] = msgspec.field(default_factory=dict)
    cases: dict[str, Case] = msgspec.field(default_factory=dict)
    flags: dict[str, Flag] = msgspec.field(default_factory=dict)
