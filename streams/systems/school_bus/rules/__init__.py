"""The rule book of school buses."""

from typing import Final

from streams.core.system import Rule
from streams.systems.school_bus.rules import alarms, children, departure, journey, motion
from streams.systems.school_bus.state import SchoolBusState

RULES: Final[tuple[Rule[SchoolBusState], ...]] = (
    *children.RULES,
    *departure.RULES,
    *journey.RULES,
    *motion.RULES,
    *alarms.RULES,
)
