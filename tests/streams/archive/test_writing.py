"""The order of a round, and what each step protects from, against a real store."""

import pytest

from schemas.metrics import NullMeter
from streams.archive.block import Block, LogRecord
from streams.archive.faults import FencedError, GivenUpError
from streams.archive.ledger import Ledger
from streams.archive.proving import sealed_range_of, verify_partition
from streams.archive.ranges import RangeState, Resume
from streams.archive.reading import archive_reader, archived_ranges, archived_until, read_records
from streams.archive.settings import StoreSettings
from streams.archive.store_client import connect, rows
from streams.archive.writing import ArchiveWriter
from tests.fixtures.archive_load import NOW_MS, FrameMaker

pytestmark = pytest.mark.engine

MONTH_MS = 31 * 86_400_000


def block(first: int, last: int, seed: int = 1, partition: int = 0) -> Block:
    maker = FrameMaker(seed * 1000 + first)
    records = tuple(LogRecord(offset, NOW_MS + offset, maker.frame(5)) for offset in range(first, last + 1))
    return Block("campus.events", partition, first, last, records)


def counts(store: StoreSettings) -> tuple[int, int]:
    with archive_reader(store) as client:
        return rows(client, "SELECT count() FROM frames")[0][0], rows(client, "SELECT count() FROM events")[0][0]


def shares(store: StoreSettings) -> list[list[tuple[object, ...]]]:
    """Every row that the blocks have in each table."""
    with archive_reader(store) as client:
        tables = ("frames", "log_index", "events", "log_places")
        return [sorted(rows(client, f"SELECT * FROM {table}")) for table in tables]  # noqa: S608 — constants


@pytest.fixture
def writer(database: StoreSettings) -> ArchiveWriter:
    return ArchiveWriter(database, "first", NullMeter())


def test_a_round_that_is_written_again_changes_nothing(database: StoreSettings, writer: ArchiveWriter) -> None:
    assert writer.claim(0) == Resume(None)
    writer.write([block(0, 9)])
    again = ArchiveWriter(database, "second", NullMeter())
    assert again.claim(0) == Resume(10)
    for _ in range(3):
        again._insert(block(0, 9))
    assert counts(database) == (10, 50)
    writer.close()
    again.close()


def test_a_block_that_was_begun_is_repeated_with_its_own_bounds(database: StoreSettings, writer: ArchiveWriter) -> None:
    writer.claim(0)
    writer._ledger.write_open([block(0, 9)], {0: writer._owned[0].epoch})
    writer._insert(block(0, 9))  # and here it dies
    writer.close()
    heir = ArchiveWriter(database, "heir", NullMeter())
    assert heir.claim(0) == Resume(0, 9)
    heir.write([block(0, 9)])
    heir.write([block(10, 12)])
    assert counts(database) == (13, 65)
    with archive_reader(database) as client:
        assert archived_until(client, 0) == 13
        assert list(verify_partition(client, 0)) == []
    heir.close()


@pytest.mark.parametrize("table", ["frames", "log_index", "events", "log_places"])
@pytest.mark.parametrize("kept", [0, 3])
def test_a_block_whose_token_is_known_but_whose_rows_are_not_there_is_made_whole(
    database: StoreSettings, writer: ArchiveWriter, table: str, kept: int
) -> None:
    writer.claim(0)
    writer.write([block(0, 4)])
    writer._ledger.write_open([block(5, 9)], {0: writer._owned[0].epoch})
    writer._insert(block(5, 9))
    whole = shares(database)
    settings = {"mutations_sync": 1}
    writer._client.execute(f"ALTER TABLE {table} DELETE WHERE offset BETWEEN 5 AND {9 - kept}", settings=settings)
    assert shares(database) != whole
    writer.close()
    heir = ArchiveWriter(database, "heir", NullMeter())
    heir.claim(0)
    heir.write([block(5, 9)])
    assert shares(database) == whole
    with archive_reader(database) as client:
        assert list(verify_partition(client, 0)) == []
    heir.close()


def test_a_block_that_was_stored_twice_is_stored_once_when_it_is_repeated(
    database: StoreSettings, writer: ArchiveWriter
) -> None:
    writer.claim(0)
    writer._ledger.write_open([block(0, 9)], {0: writer._owned[0].epoch})
    writer._insert(block(0, 9))
    whole = shares(database)
    doubled = Block("other", 0, 0, 9, block(0, 9).records)  # another token
    writer._insert(doubled)
    assert shares(database) != whole
    writer.close()
    heir = ArchiveWriter(database, "heir", NullMeter())
    heir.claim(0)
    heir.write([block(0, 9)])
    assert shares(database) == whole
    heir.close()


def test_a_former_owner_is_fenced_before_it_writes_any_data(database: StoreSettings, writer: ArchiveWriter) -> None:
    writer.claim(0)
    writer.write([block(0, 4)])
    heir = ArchiveWriter(database, "heir", NullMeter())
    assert heir.claim(0) == Resume(5)
    with pytest.raises(FencedError):
        writer.write([block(5, 9)])
    assert counts(database) == (5, 25)
    heir.write([block(5, 6)])
    with archive_reader(database) as client:
        newest = archived_ranges(client, 0)[-1]
    assert (newest.first_offset, newest.last_offset, newest.state) == (5, 6, RangeState.DONE)
    third = ArchiveWriter(database, "third", NullMeter())
    assert third.claim(0) == Resume(7)
    for one in (writer, heir, third):
        one.close()


def test_roots_are_chained_from_owner_to_owner(database: StoreSettings, writer: ArchiveWriter) -> None:
    writer.claim(0)
    writer.write([block(0, 4)])
    writer.close()
    heir = ArchiveWriter(database, "heir", NullMeter())
    heir.claim(0)
    heir.write([block(5, 9)])
    heir.close()
    with archive_reader(database) as client:
        assert list(verify_partition(client, 0)) == []
        sealed = sealed_range_of(client, 0, 7)
    assert sealed is not None
    assert max(root.sequence for root in sealed.roots) == 2


def test_heads_are_known_even_if_their_view_missed_the_last_row(database: StoreSettings, writer: ArchiveWriter) -> None:
    writer.claim(0)
    writer.write([block(0, 4)])
    heads = dict(writer._owned[0].heads)
    writer.close()
    client = connect(database, as_bytes=True)
    client.execute("TRUNCATE TABLE archive_heads")
    assert Ledger(client, "reader").heads(0) == heads
    client.disconnect()


def test_a_block_over_several_months_is_stored_once_however_often_it_is_tried(
    database: StoreSettings, writer: ArchiveWriter
) -> None:
    maker = FrameMaker(9)
    records = tuple(LogRecord(offset, NOW_MS + offset * MONTH_MS, maker.frame(5)) for offset in range(6))
    wide = Block("campus.events", 0, 0, 5, records)
    writer.claim(0)
    for _ in range(3):
        writer._insert(wide)
    assert counts(database) == (6, 30)
    with archive_reader(database) as client:
        assert tuple(read_records(client, 0)) == records
    writer.close()


def test_a_changed_byte_in_the_store_is_found(database: StoreSettings, writer: ArchiveWriter) -> None:
    writer.claim(0)
    writer.write([block(0, 4)])
    writer.write([block(5, 9)])
    writer.close()
    client = connect(database, as_bytes=True)
    client.execute(
        "ALTER TABLE frames UPDATE value = replaceOne(value, 'device-', 'Device-') WHERE offset = 3",
        settings={"mutations_sync": 1},
    )
    found = list(verify_partition(client, 0))
    assert [(one.first_offset, one.last_offset, one.reason) for one in found] == [(0, 4, "root")]
    client.execute("ALTER TABLE frames DELETE WHERE offset = 7", settings={"mutations_sync": 1})
    assert "records" in {one.reason for one in verify_partition(client, 0)}
    client.disconnect()


def test_a_range_that_the_log_lost_is_noted_and_passed(database: StoreSettings, writer: ArchiveWriter) -> None:
    writer.claim(0)
    writer.write_lost(Block("campus.events", 0, 0, 99, ()))
    writer.close()
    heir = ArchiveWriter(database, "heir", NullMeter())
    assert heir.claim(0) == Resume(100)
    heir.close()


def test_a_writer_that_is_told_to_gives_up_instead_of_waiting_for_the_store(database: StoreSettings) -> None:
    nowhere = database.model_copy(update={"port": 1})
    writer = ArchiveWriter(nowhere, "lost", NullMeter())
    writer.give_up()
    with pytest.raises(GivenUpError):
        writer.claim(0)
    writer.close()
