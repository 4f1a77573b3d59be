"""Finds the day, session or visit that an event speaks of; opens it on first sight and forgets what is history."""

from typing import Final

from schemas.clock import DAY_MS, local_midnight_ms
from schemas.frame import LoggedEvent
from streams.core.bounded import make_room
from streams.systems.lesson_ops.state import (
    MAX_CLASSES,
    MAX_DAYS,
    MAX_SESSIONS,
    MAX_VISITS,
    Day,
    Given,
    LessonState,
    SchoolClass,
    Session,
    Visit,
)

SESSION_KEPT_MS: Final = 7 * DAY_MS
"""After its last word or planned end; a missing debrief is asked for until then."""
VISIT_KEPT_MS: Final = DAY_MS


def note_time(state: LessonState, occurred_ms: int) -> None:
    """Move the state's day on, and forget the days, sessions and visits that are history by then."""
    if occurred_ms <= state.newest_ms:
        return
    state.newest_ms = occurred_ms
    if occurred_ms < state.today_ms + DAY_MS:
        return
    state.today_ms = local_midnight_ms(occurred_ms)
    for school_class in state.classes.values():
        for day_ms in [day_ms for day_ms in school_class.days if day_ms < state.today_ms]:
            del school_class.days[day_ms]
    for session_id in [
        name for name, one in state.sessions.items() if session_age_key(one) < _oldest_session_ms(state)
    ]:
        del state.sessions[session_id]
    for visit_id in [name for name, one in state.visits.items() if visit_age_key(one) < state.today_ms - VISIT_KEPT_MS]:
        del state.visits[visit_id]


def day_of(state: LessonState, event: LoggedEvent) -> Day | None:
    """The day of the class that the event names; None: it is past, or too far ahead to be kept."""
    note_time(state, event.occurredms)
    days = class_of(state, event.subject).days
    day_ms = event.data["day_ms"]
    if day_ms < state.today_ms:
        return None
    day = days.get(day_ms)
    if day is None:
        day = days[day_ms] = Day()
        if len(days) > MAX_DAYS:
            del days[max(days)]
    return day if day_ms in days else None


def class_of(state: LessonState, class_id: str) -> SchoolClass:
    """The class of that id."""
    school_class = state.classes.get(class_id)
    if school_class is None:
        make_room(state.classes, MAX_CLASSES, lambda known: max(known.days, default=0))
        school_class = state.classes[class_id] = SchoolClass()
    return school_class


def hear_room(state: LessonState, event: LoggedEvent) -> None:
    """The room of the class that the event names has told of a lesson."""
    school_class = class_of(state, event.subject)
    school_class.heard_ms = max(school_class.heard_ms, event.occurredms)


def given_of(state: LessonState, event: LoggedEvent) -> Given | None:
    """What became of the lesson that the event names; None as in :func:`day_of`."""
    day = day_of(state, event)
    return None if day is None else day.given.setdefault(event.data["period"], Given())


def session_of(state: LessonState, event: LoggedEvent) -> Session:
    """The session that the event names."""
    note_time(state, event.occurredms)
    session_id = event.data["session_id"]
    session = state.sessions.get(session_id)
    if session is None:
        make_room(state.sessions, MAX_SESSIONS, session_age_key)
        session = state.sessions[session_id] = Session()
    session.touched_ms, session.room = max((session.touched_ms, session.room), (event.occurredms, event.subject))
    return session


def visit_of(state: LessonState, event: LoggedEvent) -> Visit:
    """The visit that the event names."""
    note_time(state, event.occurredms)
    visit_id = event.data["visit_id"]
    visit = state.visits.get(visit_id)
    if visit is None:
        make_room(state.visits, MAX_VISITS, visit_age_key)
        visit = state.visits[visit_id] = Visit()
    return visit


def session_age_key(session: Session) -> int:
    """The newest instant that a session speaks of, its schedule included."""
    return max(session.touched_ms, session.schedule.end_ms if session.schedule is not None else 0)


def visit_age_key(visit: Visit) -> int:
    """The newest instant that a visit speaks of."""
    return max(visit.due_ms, visit.arrived_ms, visit.said_ms)


def _oldest_session_ms(state: LessonState) -> int:
    return state.newest_ms - SESSION_KEPT_MS
