"""The lessons of one campus: timetables in the morning, then every class on the bell."""

import random
from collections.abc import Iterator
from typing import Any

from deploy.demo.bells import Bell, bells, course_of
from deploy.demo.draft import Draft, by_time
from deploy.demo.incidents import Kind, Script
from deploy.demo.plan import CampusPlan
from deploy.demo.school_day import SchoolDay
from deploy.demo.source import NEVER, Window
from schemas.clock import MINUTE_MS

SUBSTITUTED_SHARE = 0.01
CANCELLED_SHARE = 0.004


def class_names(campus: CampusPlan) -> list[str]:
    """The ids of the campus's classes, for example ``class-421181-007-03``."""
    return [f"class-{campus.short}-{number + 1:02d}" for number in range(campus.classes)]


def lesson_drafts(campus: CampusPlan, day: SchoolDay, script: Script, chance: random.Random) -> Iterator[Draft]:
    """Everything that the campus's classrooms report about lessons, in order; a kindergarten has none."""
    if not bells(campus.stage, day):
        return iter(())
    drafts: list[Draft] = []
    for number, name in enumerate(class_names(campus)):
        missing = script.window(Kind.TEACHER_MISSING, campus.campus_id, name) or NEVER
        drafts += _class_day(campus, number, name, day, missing, chance)
    return iter(by_time(drafts))


def _class_day(  # noqa: PLR0913, PLR0917 — a class, its campus, its day, its luck
    campus: CampusPlan, number: int, name: str, day: SchoolDay, missing: Window, chance: random.Random
) -> Iterator[Draft]:
    """The class's day; a lesson that begins in ``missing`` is held by nobody."""
    periods = bells(campus.stage, day)
    at_ms = day.opens_ms + 1_000 + chance.randrange(2 * MINUTE_MS)
    table = [_entry(campus, number, bell, day) for bell in periods]
    yield _happening(at_ms, "timetable.published", name, {"day_ms": day.midnight_ms, "periods": table})
    for bell, entry in zip(periods, table, strict=True):
        if not missing.holds(bell.start_ms):
            yield from _lesson(name, bell, entry, day, chance)


def _lesson(name: str, bell: Bell, entry: dict[str, Any], day: SchoolDay, chance: random.Random) -> Iterator[Draft]:
    key = {"day_ms": day.midnight_ms, "period": bell.period}
    luck = chance.random()
    if luck < CANCELLED_SHARE:
        reason = {"reason": chance.choice(("event", "weather", "exam"))}
        yield _happening(bell.start_ms - chance.randrange(5, 40) * MINUTE_MS, "lesson.cancelled", name, key | reason)
        return
    given = {"course": entry["course"], "teacher_ref": entry["teacher_ref"], "kind": "local"}
    if luck < CANCELLED_SHARE + SUBSTITUTED_SHARE:
        given |= {"teacher_ref": entry["teacher_ref"] + "s", "kind": "substitute"}
        told_ms = bell.start_ms - chance.randrange(5, 60) * MINUTE_MS
        who = {"teacher_ref": given["teacher_ref"], "absent_teacher_ref": entry["teacher_ref"], "reason": "illness"}
        yield _happening(told_ms, "lesson.substituted", name, key | who)
    yield _happening(bell.start_ms + chance.randrange(-30_000, 70_000), "lesson.started", name, key | given)
    present = {"pupils_present": chance.randrange(24, 46)}
    yield _happening(bell.end_ms + chance.randrange(-20_000, 60_000), "lesson.ended", name, key | present)


def _entry(campus: CampusPlan, number: int, bell: Bell, day: SchoolDay) -> dict[str, Any]:
    course = course_of(campus.stage, number, bell.period, day)
    return {
        "period": bell.period,
        "course": course,
        "start_ms": bell.start_ms,
        "end_ms": bell.end_ms,
        "teacher_ref": f"teacher-{campus.short}-{course}-{number // 3 + 1}",
        "kind": "local",
    }


def _happening(at_ms: int, kind: str, subject: str, data: dict[str, Any]) -> Draft:
    return Draft(at_ms, f"lesson_ops.{kind}.v1", subject, data)
