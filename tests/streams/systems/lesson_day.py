"""Makes the events of lessons, sessions and visits for tests: one at a time, or a whole school day."""

from typing import Any

from schemas.clock import MINUTE_MS
from schemas.frame import LoggedEvent
from tests.streams.systems.driving import DAY_MS_START, local, made

LESSON_MS = 40 * MINUTE_MS


def bell(period: int) -> int:
    """When the period of the test day begins: 08:20, 09:20, …"""
    return local(7 + period, 20)


def timetable(class_id: str = "cl-1", periods: int = 2, day_ms: int = DAY_MS_START) -> LoggedEvent:
    shift_ms = day_ms - DAY_MS_START
    entries = [
        {
            "period": period,
            "course": f"course-{period}",
            "start_ms": bell(period) + shift_ms,
            "end_ms": bell(period) + LESSON_MS + shift_ms,
            "teacher_ref": f"t-{period}",
        }
        for period in range(1, periods + 1)
    ]
    return made("lesson_ops.timetable.published", class_id, local(6), day_ms=day_ms, periods=entries)


def lesson(
    name: str,
    at_ms: int,
    period: int = 1,
    class_id: str = "cl-1",
    received_ms: int | None = None,
    **data: Any,  # noqa: ANN401 — any field
) -> LoggedEvent:
    return made(f"lesson_ops.lesson.{name}", class_id, at_ms, received_ms, day_ms=DAY_MS_START, period=period, **data)


def started(at_ms: int, period: int = 1, class_id: str = "cl-1", received_ms: int | None = None) -> LoggedEvent:
    return lesson("started", at_ms, period, class_id, received_ms, course="chinese", teacher_ref="t-1")


def ended(at_ms: int, period: int = 1, class_id: str = "cl-1", received_ms: int | None = None) -> LoggedEvent:
    return lesson("ended", at_ms, period, class_id, received_ms)


def cancelled(at_ms: int, period: int = 1, class_id: str = "cl-1") -> LoggedEvent:
    return lesson("cancelled", at_ms, period, class_id, reason="exam")


def substituted(at_ms: int, period: int = 1, class_id: str = "cl-1", teacher: str = "t-9") -> LoggedEvent:
    return lesson("substituted", at_ms, period, class_id, teacher_ref=teacher, reason="illness")


def session(
    name: str,
    at_ms: int,
    received_ms: int | None = None,
    session_id: str = "ss-1",
    **data: Any,  # noqa: ANN401 — any field
) -> LoggedEvent:
    return made(f"lesson_ops.{name}", "room-1", at_ms, received_ms, session_id=session_id, **data)


def scheduled(start_ms: int, role: str = "far", session_id: str = "ss-1") -> LoggedEvent:
    times = {"planned_start_ms": start_ms, "planned_end_ms": start_ms + LESSON_MS}
    return session(
        "session.scheduled", local(6), None, session_id, kind="special_delivery", role=role, course="music", **times
    )


def quality(
    at_ms: int,
    received_ms: int | None = None,
    endpoint: str = "ep-1",
    **changes: Any,  # noqa: ANN401 — any field
) -> LoggedEvent:
    figures: dict[str, Any] = {"fps": 25.0, "bitrate_kbps": 2400.0, "loss_pct": 0.1, "rtt_ms": 30.0, "mos": 4.2}
    return session("session.quality", at_ms, received_ms, endpoint_id=endpoint, **(figures | changes))


def visit(due_ms: int, visit_id: str = "v-1") -> LoggedEvent:
    teacher = {"visit_id": visit_id, "teacher_ref": "t-7"}
    return made("lesson_ops.visit.planned", "cl-1", local(6), **teacher, due_ms=due_ms)


def checked_in(at_ms: int, received_ms: int | None = None, visit_id: str = "v-1") -> LoggedEvent:
    return made("lesson_ops.teacher.checked_in", "cl-1", at_ms, received_ms, visit_id=visit_id, teacher_ref="t-7")


def good_day() -> list[LoggedEvent]:
    """Two classes with three lessons each, a remote session with its debrief, and a visit, in order of happening."""
    events = [timetable(class_id, 3) for class_id in ("cl-1", "cl-2")]
    for class_id in ("cl-1", "cl-2"):
        for period in (1, 2):
            events.append(started(bell(period) + 20_000, period, class_id))
            events.append(ended(bell(period) + LESSON_MS + 5_000, period, class_id))
    events += [substituted(local(7, 50), 3, "cl-1"), cancelled(local(7, 55), 3, "cl-2")]
    opening_ms = local(13)
    events += [scheduled(opening_ms), session("session.started", opening_ms + 60_000, assistant_present=True)]
    events += [quality(opening_ms + 60_000 + seconds * 1000) for seconds in range(0, 2_340, 30)]
    events.append(session("session.ended", opening_ms + LESSON_MS))
    events.append(session("debrief.filed", local(16), by_ref="t-1"))
    events += [visit(local(9)), checked_in(local(8, 55))]
    return sorted(events, key=lambda event: event.occurredms)
