"""The log, folded from nothing, says the same every time; and what the partitions say together."""

from schemas.documents import decode_campus_status, decode_consortium_status, decode_stored
from streams.core.recompute import LogRecord, recompute
from tests.streams.core.tally_system import HIGH_LEVEL, SYSTEMS, frame, reading

RECORDS = [
    LogRecord(0, 5, frame(reading(1, level=HIGH_LEVEL), reading(1, campus="c-2"))),
    LogRecord(1, 9, frame(reading(1, campus="c-3", level=HIGH_LEVEL))),
    LogRecord(0, 6, frame(reading(2), reading(7, type="moon.base.v1"))),
]


def test_the_same_records_give_the_same_bytes() -> None:
    first, second = (recompute(RECORDS, SYSTEMS, lambda _campus: ("k-1",)) for _ in range(2))
    assert first == second


def test_documents_rollups_alerts_and_letters_all_follow_from_the_log() -> None:
    result = recompute(iter(RECORDS), SYSTEMS, lambda campus: ("k-1", "k-2") if campus == "c-1" else ("k-1",))
    assert sorted(result.campuses) == ["c-1/tally", "c-2/tally", "c-3/tally"]
    assert decode_campus_status(decode_stored(result.campuses["c-3/tally"]).status).position == 9
    rollup = decode_consortium_status(decode_stored(result.consortia["k-1/tally"]).status)
    assert list(rollup.campuses) == ["c-1", "c-2", "c-3"]
    assert rollup.counts == {"gauges_high": 1}
    assert list(decode_consortium_status(decode_stored(result.consortia["k-2/tally"]).status).campuses) == ["c-1"]
    assert [alert.state for alert in result.alerts] == ["open", "cleared", "open"]
    assert [letter.reason for letter in result.letters] == ["unknown_type"]
