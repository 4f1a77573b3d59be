"""Which state records become snapshots."""

from schemas.documents import PROGRESS_KEY
from streams.core.campus_ledger import CampusLedger
from streams.snapshots.snapshot import StateRecord, newest_of, snapshots_of
from tests.streams.core.tally_system import SYSTEMS, frame, reading


def written(*values: bytes) -> dict[bytes, bytes]:
    ledger = CampusLedger(3, SYSTEMS, lambda _campus: ())
    for offset, value in enumerate(values):
        ledger.fold(offset, value)
    return dict(ledger.harvest(everything=True).documents)


def test_a_snapshot_tells_what_the_document_holds_and_by_which_fold() -> None:
    ((key, value),) = written(frame(reading(1)), frame(reading(2))).items()
    (row,) = snapshots_of(3, [StateRecord(key, value, 77)], SYSTEMS)
    assert (row.campus_id, row.system, row.position, row.partition) == ("c-1", "tally", 1, 3)
    assert (row.fold_version, row.written_ms, row.value) == (1, 77, value)
    assert row.clock_ms == reading(2).occurredms


def test_removed_documents_and_those_of_unknown_systems_are_left_out() -> None:
    ((key, value),) = written(frame(reading(1))).items()
    assert snapshots_of(0, [StateRecord(key, None, 1), StateRecord(b"c-1/moon", value, 1)], SYSTEMS) == []


def test_the_newest_record_of_a_document_counts_and_progress_is_no_document() -> None:
    records = [
        StateRecord(b"c-1/tally", b"1", 1),
        StateRecord(PROGRESS_KEY, b"{}", 2),
        StateRecord(b"c-1/tally", b"2", 3),
    ]
    assert newest_of(records) == {b"c-1/tally": records[2]}
