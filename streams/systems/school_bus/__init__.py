"""School buses (校车): fold, summary and rules."""

from typing import Final

from schemas.clock import MINUTE_MS
from schemas.ids import SystemName
from streams.core.system import System
from streams.systems.school_bus.fold import apply
from streams.systems.school_bus.rules import RULES
from streams.systems.school_bus.state import SchoolBusState
from streams.systems.school_bus.summary import summarise

SYSTEM: Final = System(
    name=SystemName("school_bus"),
    state=SchoolBusState,
    apply=apply,
    summarise=summarise,
    rules=RULES,
    lateness_ms=2 * MINUTE_MS,
)
"""Backlogs of blind zones come later than the lateness; they are folded and counted as late."""
