"""What a consortium's line says about a campus's lessons."""

from typing import Final

from schemas.clock import MINUTE_MS
from streams.core.system import Summary
from streams.systems.lesson_ops.fold import OVERRUN_MS
from streams.systems.lesson_ops.rules.classroom import no_teacher
from streams.systems.lesson_ops.rules.remote import is_live, session_quality_low
from streams.systems.lesson_ops.state import Day, LessonState, SchoolClass

ROOM_SILENT_MS: Final = 10 * MINUTE_MS
"""After the first bell, a room that told of no lesson today is silent."""


def summarise(state: LessonState, now_ms: int) -> Summary:
    """Lessons due, running, without teacher, substituted, cancelled; sessions live; devices are the classes' rooms."""
    counts = dict.fromkeys(("lessons_due", "lessons_running", "lessons_substituted", "lessons_cancelled"), 0)
    for school_class in state.classes.values():
        for day in school_class.days.values():
            _count_day(day, now_ms, counts)
    counts["no_teacher"] = sum(span.from_ms <= now_ms < span.until_ms for span in no_teacher(state))
    counts["sessions_live"] = sum(is_live(session, now_ms) for session in state.sessions.values())
    counts["sessions_poor"] = sum(span.from_ms <= now_ms < span.until_ms for span in session_quality_low(state))
    silent = sum(_is_silent(school_class, now_ms) for school_class in state.classes.values())
    heard = sum(school_class.heard_ms >= state.today_ms > 0 for school_class in state.classes.values())
    return Summary(counts, heard, silent)


def _count_day(day: Day, now_ms: int, counts: dict[str, int]) -> None:
    for period, entry in day.timetable.items():
        given = day.given.get(period)
        if entry.start_ms <= now_ms < entry.end_ms and not (given is not None and given.cancelled_ms):
            counts["lessons_due"] += 1
        if given is not None and given.started_ms and not given.ended_ms and now_ms < entry.end_ms + OVERRUN_MS:
            counts["lessons_running"] += 1
    for given in day.given.values():
        counts["lessons_substituted"] += given.substituted_ms > 0
        counts["lessons_cancelled"] += given.cancelled_ms > 0


def _is_silent(school_class: SchoolClass, now_ms: int) -> bool:
    bells_ms = [
        entry.start_ms
        for day in school_class.days.values()
        for period, entry in day.timetable.items()
        if not (period in day.given and day.given[period].cancelled_ms)
    ]
    first_ms = min(bells_ms, default=now_ms)
    return school_class.heard_ms < first_ms - ROOM_SILENT_MS and first_ms + ROOM_SILENT_MS <= now_ms
