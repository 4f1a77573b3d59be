"""Parts of the local day as arithmetic on instants."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from schemas.clock import DAY_MS, HOUR_MS
from streams.core.day_window import DayWindow, closed_ms, is_open, next_edge_ms, opened_ms

CHINA = timezone(timedelta(hours=8))
MIDNIGHT_MS = int(datetime(2026, 11, 24, tzinfo=CHINA).timestamp() * 1000)
LESSONS = DayWindow(8 * HOUR_MS, 17 * HOUR_MS)
NIGHT = DayWindow(22 * HOUR_MS, 6 * HOUR_MS)


def test_a_window_opens_at_its_first_instant_and_is_closed_at_its_last() -> None:
    assert not is_open(LESSONS, MIDNIGHT_MS + 8 * HOUR_MS - 1)
    assert is_open(LESSONS, MIDNIGHT_MS + 8 * HOUR_MS)
    assert is_open(LESSONS, MIDNIGHT_MS + 17 * HOUR_MS - 1)
    assert not is_open(LESSONS, MIDNIGHT_MS + 17 * HOUR_MS)


def test_a_window_may_reach_past_midnight() -> None:
    assert [is_open(NIGHT, MIDNIGHT_MS + hour * HOUR_MS) for hour in (5, 6, 21, 22, 24, 29, 30)] == [
        True,
        False,
        False,
        True,
        True,
        True,
        False,
    ]
    assert opened_ms(NIGHT, MIDNIGHT_MS + 3 * HOUR_MS) == MIDNIGHT_MS - 2 * HOUR_MS


def test_the_last_and_the_next_edge_are_known() -> None:
    noon_ms = MIDNIGHT_MS + 12 * HOUR_MS
    assert opened_ms(LESSONS, noon_ms) == MIDNIGHT_MS + 8 * HOUR_MS
    assert closed_ms(LESSONS, noon_ms) == MIDNIGHT_MS - 7 * HOUR_MS
    assert next_edge_ms(LESSONS, noon_ms) == MIDNIGHT_MS + 17 * HOUR_MS
    assert next_edge_ms(LESSONS, MIDNIGHT_MS + 17 * HOUR_MS) == MIDNIGHT_MS + 32 * HOUR_MS


@given(st.integers(0, 4_000_000_000_000), st.sampled_from((LESSONS, NIGHT)))
def test_between_now_and_the_next_edge_nothing_changes(instant_ms: int, window: DayWindow) -> None:
    edge_ms = next_edge_ms(window, instant_ms)
    assert instant_ms < edge_ms <= instant_ms + DAY_MS
    assert is_open(window, edge_ms - 1) == is_open(window, instant_ms)
    assert is_open(window, edge_ms) != is_open(window, instant_ms)
    local_hour = datetime.fromtimestamp(instant_ms / 1000, UTC).astimezone(CHINA).hour
    assert is_open(LESSONS, instant_ms) == (8 <= local_hour < 17)
