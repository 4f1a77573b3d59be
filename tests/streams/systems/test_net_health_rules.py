"""The rule book of ``net_health``: each rule at its deadline, before it, and after its end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from schemas.frame import LoggedEvent
from streams.systems.net_health import SYSTEM
from tests.streams.systems.driving import (
    folded,
    found,
    holds,
    local,
    made,
    rule_of,
    verdicts_at_every,
    verdicts_when_due,
)


def digest(at_ms: int, received_ms: int | None = None, /, **changes: float) -> LoggedEvent:
    figures: dict[str, float] = {
        "down_mbps": 400.0,
        "up_mbps": 80.0,
        "rtt_ms": 11.0,
        "loss_pct": 0.1,
        "jitter_ms": 1.0,
        "util_pct": 41.0,
        "wifi_clients": 126,
    }
    return made("net_health.link.minute_digest", "link-1", at_ms, received_ms, **(figures | changes))


def down(at_ms: int, received_ms: int | None = None) -> LoggedEvent:
    return made("net_health.link.down", "link-1", at_ms, received_ms, cause="fibre")


def up(at_ms: int, received_ms: int | None = None) -> LoggedEvent:
    return made("net_health.link.up", "link-1", at_ms, received_ms)


def test_an_outage_in_lesson_time_is_raised_after_exactly_sixty_seconds() -> None:
    event = down(local(9))
    state = folded(SYSTEM, [event])
    assert not holds(SYSTEM, "uplink_down_in_lessons", state, local(9, 0, 59.999))
    [finding] = found(SYSTEM, "uplink_down_in_lessons", state, local(9, 1))
    assert (finding.subject, finding.since_ms, finding.causes) == ("link-1", local(9), (event.id,))
    assert not holds(SYSTEM, "uplink_down", state, local(9, 30))


def test_an_outage_outside_lessons_is_raised_after_five_minutes_with_less_severity() -> None:
    state = folded(SYSTEM, [down(local(3))])
    assert not holds(SYSTEM, "uplink_down", state, local(3, 4, 59.999))
    assert holds(SYSTEM, "uplink_down", state, local(3, 5))
    assert not holds(SYSTEM, "uplink_down_in_lessons", state, local(3, 5))
    assert rule_of(SYSTEM, "uplink_down").severity > rule_of(SYSTEM, "uplink_down_in_lessons").severity


def test_an_outage_of_the_night_becomes_graver_when_lessons_begin_and_lighter_when_they_end() -> None:
    state = folded(SYSTEM, [down(local(3))])
    assert [f.since_ms for f in found(SYSTEM, "uplink_down_in_lessons", state, local(8))] == [local(8)]
    assert not holds(SYSTEM, "uplink_down", state, local(8))
    assert [f.since_ms for f in found(SYSTEM, "uplink_down", state, local(17, 30))] == [local(17, 30)]
    assert not holds(SYSTEM, "uplink_down_in_lessons", state, local(17, 30))


def test_an_outage_ends_with_the_link_and_is_forgotten_after_a_month() -> None:
    assert not holds(SYSTEM, "uplink_down_in_lessons", folded(SYSTEM, [down(local(9)), up(local(9, 5))]), local(9, 6))
    assert not holds(SYSTEM, "uplink_down", folded(SYSTEM, [down(local(3))]), local(3) + 30 * DAY_MS)


@pytest.mark.parametrize(
    ("rule", "field", "limit"),
    [("loss_high", "loss_pct", 3.0), ("rtt_high", "rtt_ms", 100.0), ("uplink_saturated", "util_pct", 85.0)],
)
def test_a_bad_figure_must_last_five_minutes(rule: str, field: str, limit: float) -> None:
    bad = [digest(local(9, minute), **{field: limit + 0.1}) for minute in range(6)]
    state = folded(SYSTEM, bad)
    assert not holds(SYSTEM, rule, state, local(9, 4, 59.999))
    [finding] = found(SYSTEM, rule, state, local(9, 5))
    assert (finding.since_ms, finding.causes) == (local(9), (bad[0].id,))
    assert finding.detail is not None
    assert finding.detail[field] == limit + 0.1


@pytest.mark.parametrize(
    ("rule", "field", "limit"),
    [("loss_high", "loss_pct", 3.0), ("rtt_high", "rtt_ms", 100.0), ("uplink_saturated", "util_pct", 85.0)],
)
def test_a_figure_at_its_limit_is_good_and_ends_the_run(rule: str, field: str, limit: float) -> None:
    bad = [digest(local(9, minute), **{field: limit + 0.1}) for minute in range(6)]
    assert not holds(SYSTEM, rule, folded(SYSTEM, [*bad, digest(local(9, 6), **{field: limit})]), local(9, 30))


def test_a_link_that_is_down_is_not_called_lossy_too() -> None:
    state = folded(SYSTEM, [digest(local(9), loss_pct=9.0), down(local(9, 1))])
    assert not holds(SYSTEM, "loss_high", state, local(9, 10))


def test_silence_is_raised_three_minutes_after_the_last_report() -> None:
    state = folded(SYSTEM, [digest(local(9))])
    assert not holds(SYSTEM, "link_silent", state, local(9, 2, 59.999))
    assert [f.since_ms for f in found(SYSTEM, "link_silent", state, local(9, 3))] == [local(9, 3)]
    assert not holds(SYSTEM, "link_silent", folded(SYSTEM, [digest(local(9)), digest(local(9, 4))]), local(9, 5))
    assert not holds(SYSTEM, "link_silent", state, local(9) + 30 * DAY_MS)


def test_a_link_known_to_be_down_is_not_called_silent_too() -> None:
    assert not holds(SYSTEM, "link_silent", folded(SYSTEM, [digest(local(9)), down(local(9, 1))]), local(10))


def test_a_link_that_came_back_is_given_three_minutes_to_report() -> None:
    state = folded(SYSTEM, [digest(local(9)), down(local(9, 1)), up(local(10))])
    assert not holds(SYSTEM, "link_silent", state, local(10, 2))
    assert holds(SYSTEM, "link_silent", state, local(10, 3))


def bandwidth(at_ms: int, down_mbps: float) -> LoggedEvent:
    figures = {"reach": "campus", "down_mbps": down_mbps, "up_mbps": 940.0, "contract_mbps": 1000.0}
    return made("net_health.bandwidth.tested", "link-1", at_ms, **figures)


def test_bandwidth_is_below_contract_only_after_two_failed_tests_running() -> None:
    first, second = bandwidth(local(2), 600.0), bandwidth(local(26), 899.9)
    assert not holds(SYSTEM, "bandwidth_below_contract", folded(SYSTEM, [first]), local(27))
    [finding] = found(SYSTEM, "bandwidth_below_contract", folded(SYSTEM, [first, second]), local(26))
    assert (finding.since_ms, finding.causes) == (local(2), (first.id,))
    between = folded(SYSTEM, [first, second, bandwidth(local(14), 900.0)])
    assert not holds(SYSTEM, "bandwidth_below_contract", between, local(27))


def test_an_access_point_is_stuck_after_a_day() -> None:
    lost = made("net_health.ap.down", "ap-1", local(9), cause="power")
    state = folded(SYSTEM, [lost])
    assert not holds(SYSTEM, "access_point_stuck_down", state, local(9) + 24 * HOUR_MS - 1)
    assert holds(SYSTEM, "access_point_stuck_down", state, local(9) + 24 * HOUR_MS)
    back = folded(SYSTEM, [lost, made("net_health.ap.up", "ap-1", local(33))])
    assert not holds(SYSTEM, "access_point_stuck_down", back, local(34))


MINUTES: dict[str, dict[str, float] | None] = {
    "good": {},
    "lossy": {"loss_pct": 7.0},
    "slow and full": {"rtt_ms": 300.0, "util_pct": 91.0},
    "silent": None,
}


@st.composite
def arrivals(draw: st.DrawFn) -> list[LoggedEvent]:
    """One link around a bell, in phases of good, bad and silent minutes with outages between; some reports are late."""
    events = []
    at_ms = draw(st.sampled_from((local(7, 45), local(17, 10))))
    for _ in range(draw(st.integers(1, 6))):
        figures = MINUTES[draw(st.sampled_from(sorted(MINUTES)))]
        for _ in range(draw(st.integers(1, 8))):
            at_ms += MINUTE_MS
            received_ms = at_ms + draw(st.sampled_from((0, 0, 0, 0, 1, 30, 400))) * SECOND_MS
            events += [] if figures is None else [digest(at_ms, received_ms, **figures)]
        match draw(st.sampled_from(("down", "up", "bandwidth", "nothing"))):
            case "down":
                events.append(down(at_ms + SECOND_MS))
            case "up":
                events.append(up(at_ms + SECOND_MS))
            case "bandwidth":
                events.append(bandwidth(at_ms + SECOND_MS, 1.0))
    return sorted(events, key=lambda event: event.receivedms)


@given(arrivals())
@settings(max_examples=40)
def test_judging_when_due_finds_what_judging_every_second_finds(events: list[LoggedEvent]) -> None:
    start_ms = events[0].receivedms if events else local(8)
    instants = range(start_ms, start_ms + 70 * MINUTE_MS, SECOND_MS)
    every = verdicts_at_every(SYSTEM, events, instants)
    for now_ms, always, lazily in zip(instants, every, verdicts_when_due(SYSTEM, events, instants), strict=True):
        assert lazily == always, now_ms
