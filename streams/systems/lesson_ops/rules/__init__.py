"""The rule book of lessons."""

from typing import Final

from streams.core.system import Rule
from streams.systems.lesson_ops.rules import classroom, remote
from streams.systems.lesson_ops.state import LessonState

RULES: Final[tuple[Rule[LessonState], ...]] = (*classroom.RULES, *remote.RULES)
