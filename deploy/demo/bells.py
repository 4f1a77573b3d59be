"""When lessons are: the bells of each stage, and which courses fill them.

No first lesson before 08:20 in primary and 08:00 in junior schools (教育部 2021 睡眠管理通知). A lesson takes 40 min in
primary and 45 min in junior schools.
"""

from typing import Final, NamedTuple

from deploy.demo.plan import Stage
from deploy.demo.school_day import SchoolDay
from schemas.clock import MINUTE_MS


class Bell(NamedTuple):
    """One period of the day."""

    period: int
    start_ms: int
    end_ms: int


_STARTS: Final[dict[Stage, tuple[tuple[int, int], ...]]] = {
    "kindergarten": (),
    "primary": ((8, 20), (9, 10), (10, 20), (11, 10), (14, 0), (14, 50), (15, 40)),
    "junior": ((8, 0), (8, 55), (10, 10), (11, 5), (14, 0), (14, 55), (15, 50), (16, 45)),
}
_MINUTES: Final[dict[Stage, int]] = {"kindergarten": 0, "primary": 40, "junior": 45}
_COURSES: Final[dict[Stage, tuple[str, ...]]] = {
    "kindergarten": (),
    "primary": ("chinese", "maths", "english", "science", "music", "pe", "art", "ethics"),
    "junior": ("chinese", "maths", "english", "physics", "history", "geography", "biology", "pe", "music"),
}


def bells(stage: Stage, day: SchoolDay) -> tuple[Bell, ...]:
    """The periods of a day; none in a kindergarten."""
    length_ms = _MINUTES[stage] * MINUTE_MS
    starts = (day.at(*clock) for clock in _STARTS[stage])
    return tuple(Bell(number, start, start + length_ms) for number, start in enumerate(starts, start=1))


def course_of(stage: Stage, class_number: int, period: int, day: SchoolDay) -> str:
    """What a class has in a period: the courses in turn, each class beginning with another one, each day too."""
    courses = _COURSES[stage]
    return courses[(class_number * 3 + period + day.number) % len(courses)]
