"""The past is folded by the live ledger: from any snapshot, over frames of which only a part is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.frame import encode_tick
from streams.core.campus_ledger import CampusLedger
from streams.core.past_known import PastRecord, UnusableSnapshotError, known_documents, only_of, rolled_up, status_of
from tests.streams.core.tally_system import BASE_MS, HIGH_LEVEL, SYSTEMS, frame, reading

RECORDS = [
    frame(reading(1), reading(1, campus="c-2"), reading(1, campus="c-10")),
    encode_tick(BASE_MS + 60_000),
    frame(reading(70, level=HIGH_LEVEL), reading(2, campus="c-2")),
    b"nonsense",
    frame(reading(70, level=HIGH_LEVEL)),
    encode_tick(BASE_MS + 500_000),
    frame(reading(3, campus="c-2", type="tally.poison.v1"), reading(80, type="moon.base.v1")),
    frame(reading(90), reading(1, campus="c-2")),
]


def live(until: int) -> dict[str, bytes]:
    ledger = CampusLedger(0, SYSTEMS, lambda _campus: ())
    for offset, value in enumerate(RECORDS[:until]):
        ledger.fold(offset, value)
    return {key.decode(): value for key, value in ledger.harvest(everything=True).documents}


@given(base=st.integers(0, len(RECORDS)), until=st.integers(0, len(RECORDS)))
def test_from_any_snapshot_to_any_record_the_documents_are_the_live_ones(base: int, until: int) -> None:
    base = min(base, until)
    records = [PastRecord(offset, value) for offset, value in enumerate(RECORDS[:until])]
    assert known_documents(0, SYSTEMS, live(base), records[base:]) == live(until)


@pytest.mark.parametrize("campus_id", ["c-1", "c-2", "c-10"])
def test_other_campuses_may_be_taken_out(campus_id: str) -> None:
    left = [(offset, only_of(value, {campus_id})) for offset, value in enumerate(RECORDS)]
    found = known_documents(0, SYSTEMS, {}, [PastRecord(offset, value) for offset, value in left if value is not None])
    assert found == {key: value for key, value in live(len(RECORDS)).items() if key == f"{campus_id}/tally"}


def test_a_frame_keeps_the_very_bytes_of_the_events_asked_for() -> None:
    damaged = b'[{"id":1},' + frame(reading(1), reading(2, campus="c-2"))[1:]
    assert only_of(damaged, {"c-2"}) == frame(reading(2, campus="c-2"))
    assert only_of(frame(reading(1)), {"c-2"}) is None
    assert only_of(b"[broken", {"c-2"}) is None
    assert only_of(encode_tick(7), {"c-2"}) == encode_tick(7)


def test_an_escaped_campus_id_is_the_same_campus() -> None:
    escaped = frame(reading(1)).replace(b'"c-1"', b'"c\\u002d1"')
    assert only_of(escaped, {"c-1"}) == escaped


def test_a_snapshot_that_cannot_be_read_is_an_error_and_no_empty_state() -> None:
    with pytest.raises(UnusableSnapshotError):
        known_documents(0, SYSTEMS, {"c-1/tally": b'{"due_ms":1000000000000}'}, [PastRecord(0, RECORDS[0])])


def test_a_consortium_adds_up_its_members() -> None:
    statuses = [status_of(value) for value in live(3).values()]
    rollup = rolled_up("k-1", statuses)["tally"].status()
    assert sorted(rollup.campuses) == ["c-1", "c-10", "c-2"]
    assert rollup.devices_heard == sum(status.devices_heard for status in statuses)
