"""School days and instants as texts."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.school_day import SchoolDay, latest_school_day, rfc3339
from schemas.clock import DAY_MS, HOUR_MS, local_midnight_ms

TUESDAY = SchoolDay(1_795_449_600_000)


def test_a_day_gives_instants_by_local_clock_time() -> None:
    assert rfc3339(TUESDAY.at(6, 50)) == "2026-11-24T06:50:00.000+08:00"
    assert TUESDAY.number == 20261124


@pytest.mark.parametrize(("days_later", "number"), [(0, 20261124), (3, 20261127), (4, 20261127), (5, 20261127)])
def test_the_latest_school_day_is_no_saturday_or_sunday(days_later: int, number: int) -> None:
    assert latest_school_day(TUESDAY.midnight_ms + days_later * DAY_MS + HOUR_MS).number == number


def test_after_friday_comes_monday() -> None:
    friday = SchoolDay(TUESDAY.midnight_ms + 3 * DAY_MS)
    assert friday.following().number == 20261130
    assert TUESDAY.following().number == 20261125


@given(st.integers(946_684_800_000, 4_102_444_799_999))
def test_texts_of_instants_are_read_back_by_the_standard_library(instant_ms: int) -> None:
    read = dt.datetime.fromisoformat(rfc3339(instant_ms))
    assert round(read.timestamp() * 1000) == instant_ms
    assert read.utcoffset() == dt.timedelta(hours=8)
    assert SchoolDay(local_midnight_ms(instant_ms)).at(0) <= instant_ms
