"""Rules about the classroom: every lesson of the timetable has its teacher, and comes to an end."""

from collections.abc import Iterator
from typing import Final

from schemas.clock import HOUR_MS, MINUTE_MS
from schemas.documents import NEVER_MS
from streams.core.spans import Span, rule_of_spans
from streams.core.system import Rule, RuleKind
from streams.systems.lesson_ops.fold import OVERRUN_MS, TEACHER_WITHIN_MS
from streams.systems.lesson_ops.state import Day, Given, LessonState

VISITOR_WITHIN_MS: Final = 15 * MINUTE_MS
OVERRUN_SHOWN_MS: Final = 2 * HOUR_MS
VISIT_SHOWN_MS: Final = 2 * HOUR_MS


def no_teacher(state: LessonState) -> Iterator[Span]:
    """From five minutes after the bell until somebody teaches, was named, or the lesson is called off or over."""
    for class_id, school_class in state.classes.items():
        for day in school_class.days.values():
            for period, entry in day.timetable.items():
                deadline_ms = entry.start_ms + TEACHER_WITHIN_MS
                given = day.given.get(period)
                until_ms = entry.end_ms if given is None else min(entry.end_ms, _answered_ms(given))
                if until_ms > deadline_ms:  # most lessons have their teacher: not worth a span
                    detail: dict[str, int | float | str] = {
                        "period": period,
                        "course": entry.course,
                        "bell_ms": entry.start_ms,
                    }
                    yield Span(class_id, deadline_ms, deadline_ms, until_ms, detail=detail)


def _answered_ms(given: Given) -> int:
    """When it was first known who teaches, or that nobody need."""
    answers_ms = (given.started_ms, given.substituted_ms, given.cancelled_ms)
    return min((answer_ms for answer_ms in answers_ms if answer_ms), default=NEVER_MS)


def _lesson_overrun(state: LessonState) -> Iterator[Span]:
    for class_id, school_class in state.classes.items():
        for day in school_class.days.values():
            for period, given in day.given.items():
                entry = day.timetable.get(period)
                if entry is None or not given.started_ms:
                    continue
                limit_ms = entry.end_ms + OVERRUN_MS
                if 0 < given.ended_ms <= limit_ms:  # as most do
                    continue
                until_ms = min(given.ended_ms or _next_start_ms(day, period), limit_ms + OVERRUN_SHOWN_MS)
                detail: dict[str, int | float | str] = {"period": period, "course": entry.course}
                yield Span(class_id, limit_ms, limit_ms, until_ms, detail=detail)


def _next_start_ms(day: Day, period: int) -> int:
    """When the class began a later period: it cannot sit in two lessons."""
    starts_ms = [given.started_ms for number, given in day.given.items() if number > period and given.started_ms]
    return min(starts_ms, default=NEVER_MS)


def _visitor_missing(state: LessonState) -> Iterator[Span]:
    for visit_id, visit in state.visits.items():
        if visit.due_ms:
            deadline_ms = visit.due_ms + VISITOR_WITHIN_MS
            until_ms = min(visit.arrived_ms or NEVER_MS, deadline_ms + VISIT_SHOWN_MS)
            yield Span(
                visit_id,
                deadline_ms,
                deadline_ms,
                until_ms,
                (visit.event_id,),
                {"class": visit.class_id, "due_ms": visit.due_ms},
            )


RULES: Final[tuple[Rule[LessonState], ...]] = (
    rule_of_spans(
        "lesson_ops.no_teacher",
        no_teacher,
        kind=RuleKind.ABSENCE,
        severity=2,
        title_zh="上课铃后5分钟无教师",
        title_en="no teacher five minutes after the bell",
        citation="教联体教学管理约定（课表） / the consortium's timetable [source]；期限5分钟 / five minutes [A]",
        withdrawable=True,
        known=lambda state, class_id: class_id in state.classes,
    ),
    rule_of_spans(
        "lesson_ops.lesson_overrun",
        _lesson_overrun,
        kind=RuleKind.STUCK,
        severity=4,
        title_zh="课堂迟迟未结束",
        title_en="lesson does not come to an end",
        citation="小学40分钟、初中45分钟 / lesson lengths [S]；超时15分钟 / 15 min past the bell [A]",
        withdrawable=True,
        known=lambda state, class_id: class_id in state.classes,
    ),
    rule_of_spans(
        "lesson_ops.visitor_missing",
        _visitor_missing,
        kind=RuleKind.ABSENCE,
        severity=3,
        title_zh="走教教师未到校",
        title_en="visiting teacher has not arrived",
        citation="余教〔2020〕155号 走教统一调配 / walk teaching by one plan [source]；15分钟 / 15 min [A]",
        withdrawable=True,
        known=lambda state, visit_id: visit_id in state.visits,
    ),
)
