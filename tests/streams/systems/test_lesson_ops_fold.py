"""The fold of lessons: what is known after a day, in whatever order its events came."""

from itertools import permutations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clock import DAY_MS, MINUTE_MS
from schemas.frame import LoggedEvent
from streams.core.system import Effect
from streams.systems.lesson_ops import SYSTEM
from streams.systems.lesson_ops.state import MAX_CLASSES, MAX_DAYS, MAX_ENDPOINTS, MAX_SESSIONS, MAX_VISITS, LessonState
from tests.streams.systems.driving import DAY_MS_START, folded, local, made, restored, verdict
from tests.streams.systems.lesson_day import (
    LESSON_MS,
    bell,
    cancelled,
    checked_in,
    ended,
    good_day,
    lesson,
    quality,
    scheduled,
    session,
    started,
    substituted,
    timetable,
    visit,
)

GOOD = good_day()
TRUTH = folded(SYSTEM, GOOD)


def test_a_good_day_raises_no_alert_at_any_of_its_events() -> None:
    state = SYSTEM.initial()
    for event in GOOD:
        SYSTEM.apply(state, event)
        assert verdict(SYSTEM, state, event.occurredms) == frozenset()


@settings(max_examples=40)
@given(st.permutations(GOOD + GOOD[::4]))
def test_no_order_and_no_repetition_of_a_day_changes_the_state(order: list[LoggedEvent]) -> None:
    assert folded(SYSTEM, order) == TRUTH


@settings(max_examples=20)
@given(st.integers(0, len(GOOD)))
def test_a_state_restored_from_its_document_goes_on_as_before(cut: int) -> None:
    state = restored(SYSTEM, folded(SYSTEM, GOOD[:cut]))
    for event in GOOD[cut:]:
        SYSTEM.apply(state, event)
    assert state == TRUTH


AGREEING = {
    "two timetables": [timetable(periods=2), timetable(periods=3)],
    "two starts": [started(bell(1)), started(bell(1) + 5_000)],
    "two substitutes": [substituted(local(8), teacher="t-8"), substituted(local(8), teacher="t-9")],
    "two cancellations": [cancelled(local(7)), cancelled(local(8))],
    "two ends": [ended(local(9)), ended(local(9, 1))],
    "two schedules": [scheduled(local(13)), scheduled(local(14))],
    "two starts of a session": [
        session("session.started", local(13), assistant_present=False),
        session("session.started", local(13, 1), assistant_present=True),
    ],
    "two ends of a session": [
        session("session.ended", local(14), outcome="broken_off"),
        session("session.ended", local(14, 1)),
    ],
    "two debriefs": [
        session("debrief.filed", local(15), by_ref="t-1"),
        session("debrief.filed", local(16), by_ref="t-2"),
    ],
    "two plans of a visit": [visit(local(9)), visit(local(10))],
    "two arrivals of a visitor": [checked_in(local(9)), checked_in(local(9, 1))],
}


@pytest.mark.parametrize("case", AGREEING)
def test_of_two_that_speak_of_one_thing_the_same_one_counts_in_either_order(case: str) -> None:
    states = [folded(SYSTEM, order) for order in permutations(AGREEING[case])]
    assert states[0] == states[1]


@pytest.mark.parametrize("case", AGREEING)
def test_what_is_told_again_changes_nothing(case: str) -> None:
    state = folded(SYSTEM, AGREEING[case])
    before = restored(SYSTEM, state)
    for event in AGREEING[case]:
        SYSTEM.apply(state, event)
    assert state == before


def test_what_a_lesson_became_is_kept_beside_its_timetable() -> None:
    state = folded(SYSTEM, [timetable(), started(bell(1) + 9_000), ended(bell(1) + LESSON_MS)])
    day = state.classes["cl-1"].days[DAY_MS_START]
    assert day.timetable[1].course == "course-1"
    given_1 = day.given[1]
    assert (given_1.started_ms, given_1.ended_ms) == (bell(1) + 9_000, bell(1) + LESSON_MS)


def test_a_lesson_in_time_is_shown_but_needs_no_judgement() -> None:
    state = folded(SYSTEM, [timetable()])
    assert SYSTEM.apply(state, started(bell(1) + 60_000)) is Effect.VISIBLE
    assert SYSTEM.apply(state, ended(bell(1) + LESSON_MS)) is Effect.VISIBLE


JUDGED = {
    "a start that an alert may wait for": started(bell(1) + 285_000),
    "a start of which no timetable knows": started(bell(1), period=5),
    "a start after a lesson that did not end": started(bell(2), period=2),
    "an end that an alert may wait for": ended(bell(1) + LESSON_MS + 885_000),
    "an end of which no timetable knows": ended(bell(1), period=5),
}


@pytest.mark.parametrize("case", JUDGED)
def test_judgement_is_asked_for_by(case: str) -> None:
    before = [timetable(), started(bell(1) + 280_000)] if "not end" in case else [timetable()]
    assert SYSTEM.apply(folded(SYSTEM, before), JUDGED[case]) is Effect.JUDGE


def test_measurements_only_keep_a_session_alive_until_they_turn_poor_or_come_back() -> None:
    state = folded(SYSTEM, [session("session.started", local(13)), quality(local(13))])
    assert SYSTEM.apply(state, quality(local(13, 0, 30))) is Effect.ALIVE
    assert SYSTEM.apply(state, quality(local(13, 1), mos=2.0)) is Effect.JUDGE
    assert SYSTEM.apply(state, quality(local(13, 1, 30))) is Effect.JUDGE
    assert SYSTEM.apply(state, quality(local(13, 2, 44))) is Effect.ALIVE
    assert SYSTEM.apply(state, quality(local(13, 3, 59))) is Effect.JUDGE


def test_an_older_measurement_is_not_shown() -> None:
    state = folded(SYSTEM, [quality(local(13, 1), mos=4.0), quality(local(13), mos=3.5)])
    assert state.sessions["ss-1"].endpoints["ep-1"].mos == 4.0


def test_yesterday_is_forgotten_when_the_first_event_of_today_comes_and_not_taken_in_again() -> None:
    state = folded(SYSTEM, [timetable(), started(bell(1))])
    SYSTEM.apply(state, made("lesson_ops.debrief.filed", "room-1", local(24), session_id="ss-1", by_ref="t-1"))
    assert state.classes["cl-1"].days == {}
    for late in (timetable(), started(bell(2), 2), ended(bell(2), 2), cancelled(bell(2), 2), substituted(bell(2), 2)):
        assert SYSTEM.apply(state, late) is Effect.NOTHING
    assert state.classes["cl-1"].days == {}


def test_two_days_end_in_the_same_state_however_late_the_first_one_comes() -> None:
    tomorrow = [
        msgspec.structs.replace(
            event, occurredms=event.occurredms + DAY_MS, data=event.data | {"day_ms": DAY_MS_START + DAY_MS}
        )
        for event in (started(bell(1)), started(bell(1), class_id="cl-3"))
    ]
    today = [timetable(), started(bell(1)), cancelled(bell(1), 2), timetable("cl-2")]
    assert folded(SYSTEM, today + tomorrow) == folded(SYSTEM, tomorrow + today)


def test_a_week_of_timetables_is_kept_and_no_more_than_that() -> None:
    days = [DAY_MS_START + number * DAY_MS for number in range(MAX_DAYS + 1)]
    state = folded(SYSTEM, [timetable(day_ms=day_ms) for day_ms in reversed(days)])
    assert sorted(state.classes["cl-1"].days) == days[:-1]
    assert SYSTEM.apply(state, timetable(day_ms=days[-1])) is Effect.NOTHING


def test_sessions_are_kept_for_a_week_and_visits_for_a_day() -> None:
    state = folded(SYSTEM, [scheduled(local(13)), session("session.ended", local(14)), visit(local(9))])
    for days, sessions, visits in ((1, 1, 1), (3, 1, 0), (8, 0, 0)):
        SYSTEM.apply(state, timetable(day_ms=DAY_MS_START + 20 * DAY_MS))
        later = msgspec.structs.replace(started(bell(1)), occurredms=bell(1) + days * DAY_MS)
        SYSTEM.apply(state, later)
        assert (len(state.sessions), len(state.visits)) == (sessions, visits)


def test_nothing_grows_without_end() -> None:
    state = SYSTEM.initial()
    for number in range(300):
        at_ms = local(8) + number
        SYSTEM.apply(state, started(at_ms, class_id=f"cl-{number}"))
        SYSTEM.apply(state, session("session.started", at_ms, session_id=f"ss-{number}"))
        SYSTEM.apply(state, quality(at_ms, endpoint=f"ep-{number:03d}"))
        SYSTEM.apply(state, visit(at_ms, visit_id=f"v-{number}"))
    assert (len(state.classes), len(state.sessions), len(state.visits)) == (MAX_CLASSES, MAX_SESSIONS, MAX_VISITS)
    assert max(len(one.endpoints) for one in state.sessions.values()) <= MAX_ENDPOINTS


def test_an_endpoint_too_many_is_forgotten() -> None:
    state = folded(SYSTEM, [quality(local(13), endpoint=f"ep-{number:03d}") for number in range(MAX_ENDPOINTS + 1)])
    assert len(state.sessions["ss-1"].endpoints) == MAX_ENDPOINTS


def test_the_summary_counts_what_goes_on() -> None:
    def counts(state: LessonState, at_ms: int) -> dict[str, int]:
        return SYSTEM.summarise(state, at_ms).counts

    events = [timetable(class_id) for class_id in ("cl-1", "cl-2", "cl-3", "cl-4")]
    events += [started(bell(1)), substituted(bell(1) - 1, class_id="cl-2"), cancelled(bell(1) - 1, class_id="cl-3")]
    events += [session("session.started", bell(1)), quality(bell(1), mos=2.0), quality(bell(1) + 60_000, mos=2.0)]
    state = folded(SYSTEM, events)
    before = counts(state, bell(1) + 5 * MINUTE_MS - 1)
    assert (before["lessons_due"], before["lessons_running"], before["no_teacher"]) == (3, 1, 0)
    after = counts(state, bell(1) + 5 * MINUTE_MS)
    assert (after["no_teacher"], after["lessons_substituted"], after["lessons_cancelled"]) == (1, 1, 1)
    assert counts(state, bell(1) + 2 * MINUTE_MS)["sessions_poor"] == 1
    assert (after["sessions_live"], after["sessions_poor"]) == (1, 0)
    assert counts(state, bell(1) + LESSON_MS)["lessons_due"] == 0
    assert counts(state, local(20))["sessions_live"] == 0


def test_a_room_that_told_of_no_lesson_is_silent_ten_minutes_after_its_first_bell() -> None:
    state = folded(SYSTEM, [timetable(), timetable("cl-2"), started(bell(1)), cancelled(local(7), 1, "cl-2")])
    at_first = SYSTEM.summarise(state, bell(1) + 10 * MINUTE_MS)
    assert (at_first.devices_heard, at_first.devices_silent) == (1, 0)
    at_second = SYSTEM.summarise(state, bell(2) + 10 * MINUTE_MS)
    assert (at_second.devices_heard, at_second.devices_silent) == (1, 1)


def test_an_event_type_of_another_system_is_refused() -> None:
    with pytest.raises(KeyError):
        SYSTEM.apply(SYSTEM.initial(), made("net_health.link.up", "link-1", local(8)))


def test_a_lesson_of_a_kind_is_kept_with_its_kind() -> None:
    far = lesson("started", bell(1), course="music", teacher_ref="t-2", kind="sync_far")
    assert folded(SYSTEM, [far]).classes["cl-1"].days[DAY_MS_START].given[1].kind == "sync_far"
