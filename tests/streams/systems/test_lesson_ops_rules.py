"""The rules about lessons, sessions and visits: at their deadline, before it, after their end, and with late facts."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clock import DAY_MS, MINUTE_MS
from schemas.frame import LoggedEvent
from streams.systems.lesson_ops import SYSTEM
from tests.streams.systems.driving import (
    folded,
    found,
    holds,
    local,
    verdicts_at_every,
    verdicts_when_due,
    withdraws,
)
from tests.streams.systems.lesson_day import (
    LESSON_MS,
    bell,
    cancelled,
    checked_in,
    ended,
    quality,
    scheduled,
    session,
    started,
    substituted,
    timetable,
    visit,
)

DEADLINE_MS = bell(1) + 5 * MINUTE_MS
OVER_MS = bell(1) + LESSON_MS + 15 * MINUTE_MS
OPENING_MS = local(13)


def test_every_rule_cites_its_source_and_says_how_sure_it_is() -> None:
    names = [rule.name for rule in SYSTEM.rules]
    assert len(set(names)) == len(names)
    for rule in SYSTEM.rules:
        assert rule.name.startswith("lesson_ops.")
        assert rule.severity in {1, 2, 3, 4}
        assert any(mark in rule.citation for mark in ("[source]", "[S]", "[M]"))


def test_a_class_without_teacher_is_reported_exactly_five_minutes_after_the_bell() -> None:
    state = folded(SYSTEM, [timetable()])
    assert not holds(SYSTEM, "no_teacher", state, DEADLINE_MS - 1)
    [finding] = found(SYSTEM, "no_teacher", state, DEADLINE_MS)
    assert (finding.subject, finding.since_ms) == ("cl-1", DEADLINE_MS)
    assert finding.detail == {"period": 1, "course": "course-1", "bell_ms": bell(1)}
    assert not holds(SYSTEM, "no_teacher", state, bell(1) + LESSON_MS)


ANSWERED = {
    "the lesson began": started(DEADLINE_MS),
    "a substitute was named": substituted(local(7)),
    "it was called off": cancelled(local(7)),
}


@pytest.mark.parametrize("case", ANSWERED)
def test_no_teacher_is_missed_when(case: str) -> None:
    assert not holds(SYSTEM, "no_teacher", folded(SYSTEM, [timetable(), ANSWERED[case]]), DEADLINE_MS)


@pytest.mark.parametrize(
    ("start_ms", "withdrawn"), [(DEADLINE_MS, True), (DEADLINE_MS + 1, False)], ids=["in time", "late"]
)
def test_a_start_told_late_withdraws_the_alert_only_if_it_was_in_time(start_ms: int, withdrawn: bool) -> None:  # noqa: FBT001 — a case of the table
    state = folded(SYSTEM, [timetable()])
    [finding] = found(SYSTEM, "no_teacher", state, DEADLINE_MS + MINUTE_MS)
    SYSTEM.apply(state, started(start_ms, received_ms=DEADLINE_MS + MINUTE_MS))
    assert not holds(SYSTEM, "no_teacher", state, DEADLINE_MS + MINUTE_MS)
    assert withdraws(SYSTEM, "no_teacher", finding, state) is withdrawn


def test_a_timetable_that_drops_the_lesson_withdraws_the_alert() -> None:
    state = folded(SYSTEM, [timetable(periods=1)])
    [finding] = found(SYSTEM, "no_teacher", state, DEADLINE_MS)
    SYSTEM.apply(state, timetable(periods=0))
    assert withdraws(SYSTEM, "no_teacher", finding, state)


def test_a_lesson_that_does_not_end_is_stuck_a_quarter_of_an_hour_after_its_bell() -> None:
    state = folded(SYSTEM, [timetable(periods=1), started(bell(1))])
    assert not holds(SYSTEM, "lesson_overrun", state, OVER_MS - 1)
    [finding] = found(SYSTEM, "lesson_overrun", state, OVER_MS)
    SYSTEM.apply(state, ended(OVER_MS - 1, received_ms=OVER_MS + 1))
    assert not holds(SYSTEM, "lesson_overrun", state, OVER_MS + 1)
    assert withdraws(SYSTEM, "lesson_overrun", finding, state)


def test_a_class_that_began_its_next_lesson_is_not_stuck_in_the_one_before() -> None:
    state = folded(SYSTEM, [timetable(), started(bell(1)), started(OVER_MS + MINUTE_MS, 2)])
    assert holds(SYSTEM, "lesson_overrun", state, OVER_MS)
    assert not holds(SYSTEM, "lesson_overrun", state, OVER_MS + MINUTE_MS)


def test_a_lesson_that_ended_too_late_was_stuck_until_then_and_for_two_hours_at_most() -> None:
    late = folded(SYSTEM, [timetable(periods=1), started(bell(1)), ended(OVER_MS + MINUTE_MS)])
    assert holds(SYSTEM, "lesson_overrun", late, OVER_MS + MINUTE_MS - 1)
    assert not holds(SYSTEM, "lesson_overrun", late, OVER_MS + MINUTE_MS)
    never = folded(SYSTEM, [timetable(periods=1), started(bell(1))])
    assert not holds(SYSTEM, "lesson_overrun", never, OVER_MS + 120 * MINUTE_MS)


def test_a_visiting_teacher_is_missed_a_quarter_of_an_hour_after_the_time_agreed() -> None:
    plan = visit(local(9))
    state = folded(SYSTEM, [plan])
    assert not holds(SYSTEM, "visitor_missing", state, local(9, 15) - 1)
    [finding] = found(SYSTEM, "visitor_missing", state, local(9, 15))
    assert (finding.subject, finding.causes) == ("v-1", (plan.id,))
    assert not holds(SYSTEM, "visitor_missing", state, local(11, 15))
    SYSTEM.apply(state, checked_in(local(9, 10), received_ms=local(9, 20)))
    assert not holds(SYSTEM, "visitor_missing", state, local(9, 20))
    assert withdraws(SYSTEM, "visitor_missing", finding, state)


def test_a_visitor_whom_nobody_planned_is_not_missed() -> None:
    assert not holds(SYSTEM, "visitor_missing", folded(SYSTEM, [checked_in(local(9))]), local(10))


def test_a_session_that_does_not_begin_is_reported_five_minutes_after_its_plan_until_its_end() -> None:
    plan = scheduled(OPENING_MS)
    state = folded(SYSTEM, [plan])
    assert not holds(SYSTEM, "session_not_started", state, OPENING_MS + 5 * MINUTE_MS - 1)
    [finding] = found(SYSTEM, "session_not_started", state, OPENING_MS + 5 * MINUTE_MS)
    assert (finding.subject, finding.causes) == ("ss-1", (plan.id,))
    assert not holds(SYSTEM, "session_not_started", state, OPENING_MS + LESSON_MS)
    SYSTEM.apply(state, session("session.started", OPENING_MS + MINUTE_MS, OPENING_MS + 6 * MINUTE_MS))
    assert withdraws(SYSTEM, "session_not_started", finding, state)


def test_a_cancelled_session_is_not_waited_for() -> None:
    state = folded(SYSTEM, [scheduled(OPENING_MS), session("session.ended", local(12), outcome="cancelled")])
    assert not holds(SYSTEM, "session_not_started", state, OPENING_MS + 6 * MINUTE_MS)


@pytest.mark.parametrize("poor", [{"mos": 2.9}, {"loss_pct": 5.1}, {"fps": 11.9}], ids=str)
def test_two_minutes_of_poor_quality_are_reported_until_it_is_good_again(poor: dict[str, Any]) -> None:
    first = quality(OPENING_MS, **poor)
    more = [quality(OPENING_MS + seconds * 1000, **poor) for seconds in (30, 60, 90, 120)]
    state = folded(SYSTEM, [session("session.started", OPENING_MS), first, *more])
    assert not holds(SYSTEM, "session_quality_low", state, OPENING_MS + 119_999)
    [finding] = found(SYSTEM, "session_quality_low", state, OPENING_MS + 120_000)
    assert (finding.subject, finding.since_ms, finding.causes) == ("ss-1/ep-1", OPENING_MS, (first.id,))
    SYSTEM.apply(state, quality(OPENING_MS + 150_000))
    assert not holds(SYSTEM, "session_quality_low", state, OPENING_MS + 150_000)


def test_quality_at_the_bounds_is_good_enough() -> None:
    at_bounds = [quality(OPENING_MS + n * 30_000, mos=3.0, loss_pct=5.0, fps=12.0) for n in range(6)]
    assert not holds(SYSTEM, "session_quality_low", folded(SYSTEM, at_bounds), OPENING_MS + 150_000)


def test_poor_measurements_far_apart_are_not_two_minutes_of_poor_quality() -> None:
    apart = [quality(OPENING_MS, mos=2.0), quality(OPENING_MS + 91_000, mos=2.0)]
    assert not holds(SYSTEM, "session_quality_low", folded(SYSTEM, apart), OPENING_MS + 121_000)


def test_an_endpoint_is_lost_when_three_measurements_did_not_come() -> None:
    state = folded(SYSTEM, [session("session.started", OPENING_MS), quality(OPENING_MS + MINUTE_MS)])
    lost_ms = OPENING_MS + MINUTE_MS + 90_000
    assert not holds(SYSTEM, "endpoint_lost", state, lost_ms - 1)
    assert holds(SYSTEM, "endpoint_lost", state, lost_ms)
    SYSTEM.apply(state, quality(lost_ms + 30_000))
    assert not holds(SYSTEM, "endpoint_lost", state, lost_ms + 30_000)
    SYSTEM.apply(state, session("session.ended", lost_ms + 60_000))
    assert not holds(SYSTEM, "endpoint_lost", state, lost_ms + 200_000)


SESSION_OVER = {
    "two hours after its schedule": ([scheduled(OPENING_MS)], OPENING_MS + LESSON_MS + 120 * MINUTE_MS),
    "four hours after its start": ([], OPENING_MS + 240 * MINUTE_MS),
}


@pytest.mark.parametrize("case", SESSION_OVER)
def test_a_session_that_never_ended_is_taken_for_over(case: str) -> None:
    events, over_ms = SESSION_OVER[case]
    state = folded(SYSTEM, [*events, session("session.started", OPENING_MS), quality(OPENING_MS)])
    assert holds(SYSTEM, "endpoint_lost", state, over_ms - 1)
    assert not holds(SYSTEM, "endpoint_lost", state, over_ms)


def test_a_session_of_which_nothing_is_measured_is_not_lost() -> None:
    state = folded(SYSTEM, [session("session.started", OPENING_MS)])
    assert not holds(SYSTEM, "endpoint_lost", state, OPENING_MS + 10 * MINUTE_MS)


@pytest.mark.parametrize(("role", "raised"), [("far", True), ("host", False)])
def test_a_far_end_needs_an_assisting_teacher(role: str, raised: bool) -> None:  # noqa: FBT001 — a case of the table
    opened = session("session.started", OPENING_MS, assistant_present=False)
    state = folded(SYSTEM, [scheduled(OPENING_MS, role), opened])
    assert [finding.causes for finding in found(SYSTEM, "no_assistant", state, OPENING_MS)] == [(opened.id,)] * raised
    SYSTEM.apply(state, session("session.started", OPENING_MS + MINUTE_MS, assistant_present=True))
    assert not holds(SYSTEM, "no_assistant", state, OPENING_MS + MINUTE_MS)


def test_a_debrief_is_missed_seventy_two_hours_after_a_completed_session() -> None:
    state = folded(SYSTEM, [session("session.ended", local(14))])
    due_ms = local(14) + 3 * DAY_MS
    assert not holds(SYSTEM, "debrief_missing", state, due_ms - 1)
    [finding] = found(SYSTEM, "debrief_missing", state, due_ms)
    assert not holds(SYSTEM, "debrief_missing", state, due_ms + 3 * DAY_MS)
    SYSTEM.apply(state, session("debrief.filed", due_ms - 1, due_ms + 1, by_ref="t-1"))
    assert not holds(SYSTEM, "debrief_missing", state, due_ms)
    assert withdraws(SYSTEM, "debrief_missing", finding, state)


def test_a_broken_off_session_needs_no_debrief() -> None:
    state = folded(SYSTEM, [session("session.ended", local(14), outcome="broken_off")])
    assert not holds(SYSTEM, "debrief_missing", state, local(14) + 4 * DAY_MS)


STEP_MS = 15_000


@st.composite
def happenings(draw: st.DrawFn) -> LoggedEvent:
    """Anything that may happen around two lessons and a session, heard up to three minutes later."""
    at_ms = bell(1) - MINUTE_MS + STEP_MS * draw(st.integers(0, 500))
    received_ms = at_ms + STEP_MS * draw(st.sampled_from((0, 0, 0, 1, 4, 12)))
    period, mos = draw(st.integers(1, 3)), draw(st.sampled_from((2.0, 2.5, 4.0)))
    near_ms = bell(min(period, 2)) + STEP_MS * draw(st.integers(0, 40))
    make: Callable[[], LoggedEvent] = draw(
        st.sampled_from(
            (
                lambda: started(near_ms, period, received_ms=near_ms + received_ms - at_ms),
                lambda: ended(near_ms + LESSON_MS, period, received_ms=near_ms + LESSON_MS + received_ms - at_ms),
                lambda: cancelled(near_ms, period),
                lambda: substituted(near_ms, period),
                lambda: timetable(periods=period),
                lambda: scheduled(bell(1) + period * MINUTE_MS),
                lambda: session("session.started", at_ms, received_ms, assistant_present=mos > 3),
                lambda: session("session.ended", at_ms, received_ms),
                lambda: quality(at_ms, received_ms, mos=mos),
                lambda: visit(near_ms),
                lambda: checked_in(near_ms, near_ms + received_ms - at_ms),
            )
        )
    )
    return make()


@settings(max_examples=25)
@given(st.lists(happenings(), max_size=25), st.integers(0, 400), st.integers(0, 30))
def test_judging_when_due_gives_the_verdicts_of_judging_all_the_time(
    events: list[LoggedEvent], poor_from: int, poor_for: int
) -> None:
    run_ms = range(bell(1), bell(1) + 400 * STEP_MS, 2 * STEP_MS)
    poor = range(poor_from, poor_from + poor_for)
    events = [timetable(), started(bell(1)), *events]
    events += [quality(at_ms, mos=2.0 if number in poor else 4.0) for number, at_ms in enumerate(run_ms)]
    arrivals = sorted(events, key=lambda event: event.receivedms)
    instants = range(bell(1) - 10 * MINUTE_MS, bell(1) + 150 * MINUTE_MS, STEP_MS)
    always = verdicts_at_every(SYSTEM, arrivals, instants)
    when_due = verdicts_when_due(SYSTEM, arrivals, instants)
    assert list(when_due) == list(always)
