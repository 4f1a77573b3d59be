from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.timestamps import TimestampReader, epoch_ms

READER = TimestampReader()
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=OFFSETS)  # noqa: DTZ001 — zones are drawn


@given(INSTANTS, st.sampled_from(["seconds", "milliseconds", "microseconds"]))
def test_a_written_instant_is_read_to_the_millisecond(instant: datetime, precision: str) -> None:
    text = instant.isoformat(timespec=precision)
    exact = (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    assert READER.read(text) == READER.read(text) == epoch_ms(text) == exact
    assert READER.read_all([text, text]) == [exact, exact]


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        ("2026-11-24T07:31:05.250+08:00", 1_795_476_665_250),
        ("2026-11-23T23:31:05.250Z", 1_795_476_665_250),
        ("2026-11-23t23:31:05.25z", 1_795_476_665_250),
        ("2026-11-23T23:31:05.2509999999Z", 1_795_476_665_250),
        ("2026-11-23T23:31:05Z", 1_795_476_665_000),
        ("1969-12-31T23:59:59.9995Z", -1),
        ("2024-02-29T00:00:00-00:00", 1_709_164_800_000),
    ],
)
def test_known_instants(text: str, expected_ms: int) -> None:
    reader = TimestampReader()

    assert [reader.read(text), reader.read(text), *reader.read_all([text])] == [expected_ms] * 3


def outcome(read: Callable[[str], int], text: str) -> int | None:
    try:
        return read(text)
    except ValueError:
        return None


@given(st.text("0123456789T:.+-Zz ,", max_size=34), INSTANTS)
def test_what_it_has_read_does_not_make_it_take_nonsense(text: str, instant: datetime) -> None:
    reader = TimestampReader()
    good = instant.isoformat(timespec="milliseconds")
    reader.read(good)
    for nonsense in (text, good[:17] + text, good[:23] + text, good[:19] + text, text[:19] + good[19:]):
        assert outcome(reader.read, nonsense) == outcome(epoch_ms, nonsense)


def test_an_ending_after_a_fraction_is_none_after_a_second() -> None:
    reader = TimestampReader()
    reader.read("2026-11-24T07:31:05.250417+08:00")

    with pytest.raises(ValueError, match="RFC3339"):
        reader.read("2026-11-24T07:31:05417+08:00")


def test_its_memory_is_bounded() -> None:
    reader = TimestampReader()

    for number in range(20_000):
        reader.read(f"2026-11-24T07:31:05.250{number:06}+08:00")

    assert len(reader._after_fraction) <= 16_384
