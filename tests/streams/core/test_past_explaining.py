"""Which event set a field, what differs between two states, and how far a clock is off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.campus_document import CampusDocument
from streams.core.outbox import Outbox
from streams.core.past_difference import Change, difference
from streams.core.past_explaining import Step, explain
from streams.core.past_known import PastRecord, known_documents, status_of
from streams.core.past_skew import Confidence, WindowMinimum, estimate_skew
from streams.core.plan import SystemPlan
from tests.streams.core.tally_system import BASE_MS, HIGH_LEVEL, SILENT_MS, SYSTEMS, TALLY, frame, reading


def document() -> CampusDocument:
    return CampusDocument("c-1", SystemPlan(TALLY))


def test_each_field_names_the_event_that_changed_it_last() -> None:
    first, other, same, copy = reading(1), reading(2, gauge="g2"), reading(3, gauge="g2"), reading(1)
    setters = explain(document(), 0, [Step(4, (first, other)), Step(5, (same, copy))])
    assert {path: by.event and by.event.id for path, by in setters.items()} == {
        "gauges/g1": "c-1-g1-1",
        "gauges/g2": "c-1-g2-3",
    }
    assert setters["gauges/g2"].offset == 5


def test_an_alert_names_the_event_or_the_passing_of_time() -> None:
    silent_ms = BASE_MS + 1000 + SILENT_MS
    steps = [Step(0, (reading(1, level=HIGH_LEVEL),)), Step(1, tick_ms=silent_ms - 1), Step(2, tick_ms=silent_ms)]
    alerts = {path: by for path, by in explain(document(), 0, steps).items() if path.startswith("alerts/")}
    assert {(by.event is not None, by.tick_ms) for by in alerts.values()} == {(True, None), (False, silent_ms)}


def test_what_is_older_than_the_document_or_gone_is_not_told_of() -> None:
    known = document()
    known.fold(0, 0, [reading(1)], Outbox())
    assert list(explain(known, 0, [Step(1, (reading(2, gauge="g2"),))])) == ["gauges/g2"]


def test_event_by_event_is_the_same_fold() -> None:
    events = [reading(number, gauge=f"g{number % 3}", level=number * 40) for number in range(1, 9)]
    at_once, one_by_one = document(), document()
    at_once.fold(0, 5, events, Outbox())
    explain(one_by_one, 0, [Step(5, tuple(events))])
    assert (one_by_one.state, one_by_one.position, one_by_one.open_alerts) == (
        at_once.state,
        at_once.position,
        at_once.open_alerts,
    )


def test_a_difference_names_paths_with_old_and_new_values() -> None:
    old, new = (
        status_of(known_documents(0, SYSTEMS, {}, [PastRecord(0, value)])["c-1/tally"])
        for value in (frame(reading(1, level=1)), frame(reading(1, level=2), reading(2, gauge="g2")))
    )
    changes = {change.path: (change.old, change.new) for change in difference(old, new)}
    assert changes["state/gauges/g1/level"] == (1, 2)
    assert changes["state/gauges/g2/level"] == (None, 1)
    assert "position" not in changes
    assert difference(old, old) == []
    assert Change("campus_id", None, "c-1") in difference(None, old)


@given(
    lead_ms=st.integers(-(10**9), 10**9),
    delays_ms=st.lists(st.lists(st.integers(0, 60_000), min_size=1), min_size=1, max_size=12),
)
def test_a_lead_is_never_more_than_the_truth_by_more_than_nothing(lead_ms: int, delays_ms: list[list[int]]) -> None:
    windows = [WindowMinimum(len(each), min(each) - lead_ms) for each in delays_ms]
    skew = estimate_skew(windows)
    assert skew.lead_ms <= lead_ms + 1
    assert lead_ms - skew.lead_ms <= max(min(each) for each in delays_ms) + 1


def test_steady_minima_of_many_events_are_to_be_trusted() -> None:
    steady = [WindowMinimum(40, -180_000 + 30 * number) for number in range(12)]
    skew = estimate_skew(steady)
    assert skew.confidence is Confidence.HIGH
    assert abs(skew.lead_ms - 180_000) < 400
    assert skew.corrected_ms(1_000_000_000_000) == 1_000_000_000_000 - skew.lead_ms


def test_a_window_of_backlog_does_not_decide_but_costs_trust() -> None:
    windows = [WindowMinimum(40, 200)] * 11 + [WindowMinimum(400, 3_600_000)]
    assert estimate_skew(windows).lead_ms == -200
    assert estimate_skew(windows).confidence is Confidence.MEDIUM
    assert estimate_skew(windows[-1:]).confidence is Confidence.LOW


def test_without_events_there_is_no_estimate() -> None:
    with pytest.raises(ValueError, match="no window"):
        estimate_skew([])
