"""The fold of lessons, sessions and visits: each event type has one function that files what the event says."""

from collections.abc import Callable
from typing import Any, Final

from schemas.clock import MINUTE_MS
from schemas.frame import LoggedEvent
from streams.core.system import Effect
from streams.systems.lesson_ops import session_fold
from streams.systems.lesson_ops.places import day_of, given_of, hear_room, visit_of
from streams.systems.lesson_ops.session_fold import TICK_AHEAD_MS
from streams.systems.lesson_ops.state import Day, Entry, LessonState

TEACHER_WITHIN_MS: Final = 5 * MINUTE_MS
"""After the bell; a lesson that begins earlier changes no verdict, so a whole school's bell costs one judgement."""
OVERRUN_MS: Final = 15 * MINUTE_MS
"""After the bell that ends a lesson."""
Handler = Callable[[LessonState, LoggedEvent], Effect]


def apply(state: LessonState, event: LoggedEvent) -> Effect:
    """Fold one event into the state.

    Raises:
        KeyError: the type is none of this system's.
    """
    return _HANDLERS[event.type](state, event)


def _published(state: LessonState, event: LoggedEvent) -> Effect:
    day = day_of(state, event)
    if day is None or (event.occurredms, event.id) <= (day.published_ms, day.published_id):
        return Effect.NOTHING
    day.published_ms, day.published_id = event.occurredms, event.id
    day.timetable = {
        entry["period"]: Entry(
            entry["course"],
            entry["start_ms"],
            entry["end_ms"],
            entry.get("teacher_ref") or "",
            _kind_of(entry),
        )
        for entry in event.data["periods"]
    }
    return Effect.JUDGE


def _kind_of(said: dict[str, Any]) -> str:
    """The kind of a lesson; empty for the ordinary one, which is not worth its bytes in every document."""
    kind: str = said.get("kind", "local")
    return "" if kind == "local" else kind


def _started(state: LessonState, event: LoggedEvent) -> Effect:
    hear_room(state, event)
    given = given_of(state, event)
    if given is None:
        return Effect.NOTHING
    told = (event.occurredms, _kind_of(event.data))
    if given.started_ms and told >= (given.started_ms, given.kind):
        return Effect.ALIVE
    given.started_ms, given.kind = told
    day = state.classes[event.subject].days[event.data["day_ms"]]
    return Effect.JUDGE if _start_is_judged(day, event) else Effect.VISIBLE


def _start_is_judged(day: Day, event: LoggedEvent) -> bool:
    """Whether an alert may be open that this start ends: no teacher, or an earlier lesson that did not end."""
    period = event.data["period"]
    entry = day.timetable.get(period)
    if entry is None or event.receivedms + TICK_AHEAD_MS >= entry.start_ms + TEACHER_WITHIN_MS:
        return True
    return any(given.started_ms and not given.ended_ms for number, given in day.given.items() if number < period)


def _ended(state: LessonState, event: LoggedEvent) -> Effect:
    hear_room(state, event)
    given = given_of(state, event)
    if given is None or event.occurredms <= given.ended_ms:
        return Effect.NOTHING
    given.ended_ms = event.occurredms
    entry = state.classes[event.subject].days[event.data["day_ms"]].timetable.get(event.data["period"])
    in_time = entry is not None and event.receivedms + TICK_AHEAD_MS < entry.end_ms + OVERRUN_MS
    return Effect.VISIBLE if in_time else Effect.JUDGE


def _cancelled(state: LessonState, event: LoggedEvent) -> Effect:
    given = given_of(state, event)
    if given is None or 0 < given.cancelled_ms <= event.occurredms:
        return Effect.NOTHING
    given.cancelled_ms = event.occurredms
    return Effect.JUDGE


def _substituted(state: LessonState, event: LoggedEvent) -> Effect:
    given = given_of(state, event)
    told = (event.occurredms, event.data["teacher_ref"])
    if given is None or told <= (given.substituted_ms, given.substitute_ref):
        return Effect.NOTHING
    given.substituted_ms, given.substitute_ref = told
    return Effect.JUDGE


def _visit_planned(state: LessonState, event: LoggedEvent) -> Effect:
    visit = visit_of(state, event)
    if (event.occurredms, event.id) <= (visit.said_ms, visit.event_id):
        return Effect.NOTHING
    visit.said_ms, visit.event_id, visit.class_id = event.occurredms, event.id, event.subject
    visit.due_ms, visit.teacher_ref = event.data["due_ms"], event.data["teacher_ref"]
    return Effect.JUDGE


def _checked_in(state: LessonState, event: LoggedEvent) -> Effect:
    visit = visit_of(state, event)
    if 0 < visit.arrived_ms <= event.occurredms:
        return Effect.NOTHING
    visit.arrived_ms = event.occurredms
    return Effect.JUDGE


_HANDLERS: Final[dict[str, Handler]] = {
    "lesson_ops.session.quality.v1": session_fold.quality,
    "lesson_ops.lesson.started.v1": _started,
    "lesson_ops.lesson.ended.v1": _ended,
    "lesson_ops.timetable.published.v1": _published,
    "lesson_ops.lesson.cancelled.v1": _cancelled,
    "lesson_ops.lesson.substituted.v1": _substituted,
    "lesson_ops.session.scheduled.v1": session_fold.scheduled,
    "lesson_ops.session.started.v1": session_fold.started,
    "lesson_ops.session.ended.v1": session_fold.ended,
    "lesson_ops.debrief.filed.v1": session_fold.debriefed,
    "lesson_ops.visit.planned.v1": _visit_planned,
    "lesson_ops.teacher.checked_in.v1": _checked_in,
}
