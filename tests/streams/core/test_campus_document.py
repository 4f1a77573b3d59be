"""One document: de-duplication, time, lateness, judgement, faults, and its stored form."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alerts import Alert, AlertState
from schemas.clock import MINUTE_MS
from schemas.documents import NEVER_MS, decode_campus_status, decode_stored, due_of
from schemas.frame import LoggedEvent
from streams.core.campus_document import CLOCK_AHEAD_MS, MAX_JOURNAL, CampusDocument
from streams.core.campus_record import read_campus, write_campus
from streams.core.outbox import Outbox
from streams.core.plan import SystemPlan
from streams.core.system import Effect
from tests.streams.core.tally_system import BASE_MS, HIGH_LEVEL, SILENT_MS, TALLY, TallyState, apply, reading

PLAN = SystemPlan(TALLY)


def folded(*events: LoggedEvent, document: CampusDocument | None = None) -> tuple[CampusDocument, Outbox]:
    document = document or CampusDocument("c-1", PLAN)
    outbox = Outbox()
    document.fold(0, document.position + 1, list(events), outbox)
    return document, outbox


def said(alerts: list[Alert]) -> list[tuple[str, AlertState, int]]:
    """Rule, transition, and the second at which it was decided."""
    return [(alert.rule, alert.state, ((alert.cleared_ms or alert.raised_ms) - BASE_MS) // 1000) for alert in alerts]


def variant(**changes: Any) -> SystemPlan:  # noqa: ANN401 — any part of the system
    values = {name: getattr(TALLY, name) for name in TALLY.__dataclass_fields__}
    return SystemPlan(type(TALLY)(**values | changes))


def test_an_event_counts_once_and_its_repeats_are_counted_apart() -> None:
    document, _ = folded(reading(1), reading(2), reading(2), reading(1))
    assert (document.events, document.duplicates) == (2, 2)
    assert document.state.gauges["g1"].total == 3


def test_a_late_event_is_folded_and_counted_as_late() -> None:
    document, _ = folded(reading(200), reading(79), reading(80))
    assert (document.events, document.late) == (3, 1)
    assert document.state.gauges["g1"].total == 200 + 79 + 80


def test_the_clock_never_runs_ahead_of_receipt() -> None:
    document, _ = folded(reading(1, occurredms=BASE_MS + 4 * MINUTE_MS, receivedms=BASE_MS))
    assert document.clock_ms == BASE_MS
    assert document.state.gauges["g1"].at_ms == BASE_MS + 4 * MINUTE_MS


def test_a_device_clock_far_ahead_is_held_to_five_minutes_after_receipt() -> None:
    document, _ = folded(reading(1, occurredms=BASE_MS + 60 * MINUTE_MS, receivedms=BASE_MS))
    assert document.state.gauges["g1"].at_ms == BASE_MS + CLOCK_AHEAD_MS


def test_a_record_that_the_document_holds_is_not_folded_again() -> None:
    document, outbox = folded(reading(1))
    before = write_campus(document, (), outbox)
    assert document.fold(0, 0, [reading(2)], outbox) == Effect.NOTHING
    assert document.tick(0, 0, BASE_MS * 2, outbox) == Effect.NOTHING
    assert write_campus(document, (), outbox) == before


def test_an_alert_is_raised_with_its_cause_and_cleared_when_the_level_falls() -> None:
    _, outbox = folded(reading(1), reading(2, level=HIGH_LEVEL + 1), reading(3, level=HIGH_LEVEL), reading(4))
    assert said(outbox.alerts) == [
        ("tally.high", AlertState.OPEN, 2),
        ("tally.high", AlertState.CLEARED, 4),
    ]
    opened, cleared = outbox.alerts
    assert opened.alert_id == cleared.alert_id
    assert opened.causes == ("c-1-g1-2",)
    assert opened.detail == {"level": HIGH_LEVEL + 1}
    assert (opened.partition, opened.offset) == (0, 0)


def test_an_absence_is_raised_at_its_deadline_whenever_the_next_record_comes() -> None:
    document, _ = folded(reading(0))
    outbox = Outbox()
    assert document.due_ms == BASE_MS + SILENT_MS
    document.tick(0, 1, BASE_MS + 3 * SILENT_MS, outbox)
    assert said(outbox.alerts) == [("tally.silent", AlertState.OPEN, SILENT_MS // 1000)]
    assert document.due_ms == NEVER_MS


def test_an_event_that_moves_the_clock_past_a_deadline_is_judged_after_it() -> None:
    _, outbox = folded(reading(0), reading(600, gauge="g2"), reading(601))
    assert said(outbox.alerts) == [
        ("tally.silent", AlertState.OPEN, 300),
        ("tally.silent", AlertState.WITHDRAWN, 601),
    ]


def test_an_alert_whose_rule_is_no_more_is_cleared() -> None:
    document, outbox = folded(reading(1, level=HIGH_LEVEL))
    value, _ = write_campus(document, (), outbox)
    later = read_campus("c-1", variant(rules=TALLY.rules[1:]), value)
    _, outbox = folded(reading(2, level=HIGH_LEVEL), document=later)
    assert said(outbox.alerts) == [("tally.high", AlertState.CLEARED, 2)]


def test_a_rule_that_raises_leaves_its_alerts_and_the_other_rules_alone() -> None:
    document, _ = folded(reading(1, level=HIGH_LEVEL))

    def broken(_state: TallyState, _now_ms: int) -> list[Any]:
        raise ZeroDivisionError

    rules = (type(TALLY.rules[0])(**{**vars(TALLY.rules[0]), "judge": broken}), TALLY.rules[1])
    document.plan = variant(rules=rules)
    _, outbox = folded(reading(2), document=document)
    assert outbox.alerts == []
    assert outbox.failed_rules == {"tally.high": 1}
    assert document.due_ms == BASE_MS + 2000 + SILENT_MS


def test_an_event_whose_fold_raises_is_refused_and_leaves_no_half_changed_state() -> None:
    document, outbox = folded(reading(1), reading(2, type="tally.poison.v1"), reading(3))
    assert document.state.gauges["g1"].total == 1 + 3
    assert [(lost.event.id, lost.reason, lost.detail) for lost in outbox.refused] == [
        ("c-1-g1-2", "fold_failed", "RuntimeError")
    ]
    assert document.events == 2


def test_a_state_is_rebuilt_from_its_last_written_form() -> None:
    document, outbox = folded(reading(1), reading(2))
    document = read_campus("c-1", PLAN, write_campus(document, (), outbox)[0])
    document, _ = folded(*(reading(number) for number in range(3, MAX_JOURNAL + 10)), document=document)
    document, _ = folded(reading(999, type="tally.poison.v1"), document=document)
    assert document.state.gauges["g1"].total == sum(range(1, MAX_JOURNAL + 10))


def test_events_that_make_a_state_unwritable_are_refused() -> None:
    def hoard(state: TallyState, event: LoggedEvent) -> Effect:
        apply(state, event)
        if event.data["level"] == 13:
            state.gauges["g1"].high_by = object()  # type: ignore[assignment]  # what no document can hold
        return Effect.VISIBLE

    document, outbox = folded(reading(1), document=CampusDocument("c-1", variant(apply=hoard)))
    write_campus(document, (), outbox)
    document, outbox = folded(reading(2, level=13), document=document)
    value, _ = write_campus(document, (), outbox)
    assert [lost.event.id for lost in outbox.refused] == ["c-1-g1-2"]
    state = msgspec.json.decode(decode_campus_status(decode_stored(value).status).state, type=TallyState)
    assert state.gauges["g1"].total == 1


def test_a_summary_that_raises_hides_nothing_else() -> None:
    document, outbox = folded(reading(1), document=CampusDocument("c-1", variant(summarise=lambda _s, _n: 1 // 0)))
    value, _ = write_campus(document, (), outbox)
    status = decode_campus_status(decode_stored(value).status)
    assert (status.counts, status.events) == ({}, 1)
    assert outbox.failed_rules == {"tally.summary": 1}


def test_lines_go_to_every_consortium_of_now_and_say_goodbye_to_the_left_ones() -> None:
    document, outbox = folded(reading(1, level=HIGH_LEVEL))
    _, lines = write_campus(document, ("k-1", "k-2"), outbox)
    assert [(line.consortium_id, line.member) for line in lines] == [("k-1", True), ("k-2", True)]
    assert lines[0].alerts == (0, 1, 0, 0)
    _, lines = write_campus(document, ("k-2", "k-3"), outbox)
    assert [(line.consortium_id, line.member) for line in lines] == [("k-2", True), ("k-3", True), ("k-1", False)]


def test_the_stored_form_has_the_layout_that_readers_rely_on() -> None:
    document, outbox = folded(reading(1))
    value, _ = write_campus(document, ("k-1",), outbox)
    assert value.startswith(b'{"due_ms":1790000301000,"position":0,"status":{"campus_id":"c-1","system":"tally",')
    assert value.endswith(b'"told":["k-1"]}}')
    assert due_of(value) == document.due_ms


@pytest.mark.parametrize("value", [b"", b"{}", b'{"due_ms":1,"position":2,"status":{}}'])
def test_what_is_no_stored_document_is_an_error_and_no_document(value: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        read_campus("c-1", PLAN, value)


events = st.builds(
    reading,
    st.integers(1, 900),
    gauge=st.sampled_from(["g1", "g2"]),
    level=st.sampled_from([1, HIGH_LEVEL]),
    type=st.sampled_from(["tally.read.v1"] * 9 + ["tally.poison.v1"]),
    sequence=st.just(-1),
)


@given(st.lists(events, max_size=30), st.lists(st.integers(0, 30), max_size=4), st.integers(0, 30))
def test_cuts_and_restores_are_invisible(taken: list[LoggedEvent], cuts: list[int], restored_at: int) -> None:
    """The same events give the same document however they were framed and whether or not it was stored between."""
    whole, all_of_whole = folded(*taken)
    parts, alerts = CampusDocument("c-1", PLAN), []
    bounds = sorted({0, len(taken), *(cut for cut in cuts if cut < len(taken))})
    for start, end in pairwise(bounds):
        if start <= restored_at < end:
            parts = read_campus("c-1", PLAN, write_campus(parts, (), Outbox())[0])
        parts, outbox = folded(*taken[start:end], document=parts)
        alerts += [msgspec.structs.replace(alert, offset=0) for alert in outbox.alerts]
    parts.position = whole.position
    assert write_campus(parts, (), Outbox()) == write_campus(whole, (), Outbox())
    assert alerts == all_of_whole.alerts
