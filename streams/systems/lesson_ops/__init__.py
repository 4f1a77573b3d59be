"""Lessons (教室教学), remote sessions (三个课堂) and walk teaching (走教): fold, summary and rules."""

from typing import Final

from schemas.clock import MINUTE_MS
from schemas.ids import SystemName
from streams.core.system import System
from streams.systems.lesson_ops.fold import apply
from streams.systems.lesson_ops.rules import RULES
from streams.systems.lesson_ops.state import LessonState
from streams.systems.lesson_ops.summary import summarise

SYSTEM: Final = System(
    name=SystemName("lesson_ops"),
    state=LessonState,
    apply=apply,
    summarise=summarise,
    rules=RULES,
    lateness_ms=2 * MINUTE_MS,
)
"""Rooms are heard over the campus's own network; what comes later is folded and counted as late."""
