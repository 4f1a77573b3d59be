"""What is signed and published, and what an altered store meets, on a real store and a real Kafka."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from clickhouse_driver import Client

from schemas.checkpoints import Signed, checkpoint_of
from schemas.clock import ManualClock
from schemas.metrics import NullMeter
from streams.archive.block import Block, LogRecord
from streams.archive.block_tree import head_leaves
from streams.archive.checkpoints import Notary
from streams.archive.extension import TamperedError
from streams.archive.heads import all_settled, block_index_of, checkpoint_over, heads_before, newest_checkpoints
from streams.archive.merkle import tree_hash
from streams.archive.publishing import CheckpointPublisher
from streams.archive.reading import archive_reader
from streams.archive.settings import StoreSettings
from streams.archive.signing import KeyFaultError, SigningKeys
from streams.archive.writing import ArchiveWriter
from tests.fixtures.archive_load import NOW_MS, FrameMaker

pytestmark = pytest.mark.engine
ROUNDS = 6
ALTERED = {"mutations_sync": 1}


def block(number: int) -> Block:
    maker = FrameMaker(number)
    records = tuple(LogRecord(offset, NOW_MS + offset, maker.frame(5)) for offset in range(number * 5, number * 5 + 5))
    return Block("campus.events", 0, number * 5, number * 5 + 4, records)


class Archive:
    """A store with a writer, keys and a notary."""

    def __init__(self, store: StoreSettings, directory: Path) -> None:
        self.store = store
        self.writer = ArchiveWriter(store, "test", NullMeter())
        self.keys = SigningKeys(directory / "signing")
        self.keys.make_first(1)
        self.notary = self.new_notary()
        self.written = 0
        self.writer.claim(0)

    def new_notary(self) -> Notary:
        return Notary(self.store, self.keys, ManualClock(NOW_MS))

    def write(self, rounds: int) -> None:
        for _ in range(rounds):
            self.writer.write([block(self.written)])
            self.written += 1

    def sign(self) -> Signed:
        (signed,) = self.notary.sign([0])
        return signed

    def refusal(self, published: Signed) -> str:
        """What a start says to the store as it is now."""
        notary = self.new_notary()
        try:
            with pytest.raises(TamperedError) as refused:
                notary.take_up(0, published)
        finally:
            notary.close()
        return refused.value.message

    def close(self) -> None:
        self.notary.close()
        self.writer.close()


@pytest.fixture
def archive(database: StoreSettings, tmp_path: Path) -> Iterator[Archive]:
    made = Archive(database, tmp_path)
    made.notary.take_up(0, None)
    yield made
    made.close()


def alter(client: Client, sql: str) -> None:
    client.execute(sql, settings=ALTERED)


def test_a_checkpoint_says_what_the_ranges_say(archive: Archive) -> None:
    archive.write(ROUNDS)
    signed = archive.sign()
    assert archive.keys.keychain().has_signed(signed)
    checkpoint = checkpoint_of(signed.body)
    with archive_reader(archive.store) as client:
        leaves = [one.leaf() for one in all_settled(client, 0)]
        heads = heads_before(client, 0, checkpoint.next_offset)
        assert newest_checkpoints(client) == [signed]
    assert (checkpoint.size, checkpoint.next_offset, checkpoint.root) == (ROUNDS, ROUNDS * 5, tree_hash(leaves))
    assert checkpoint.heads_root == tree_hash(head_leaves(heads))
    assert archive.notary.sign([0, 7]) == [], "nothing new, and nothing of what is not ours"


def test_partitions_are_signed_together_and_each_for_itself(archive: Archive) -> None:
    archive.writer.claim(3)
    archive.notary.take_up(3, None)
    archive.write(2)
    archive.writer.write([replace(block(0), partition=3), block(archive.written)])
    signed = archive.notary.sign([3, 0])
    points = [checkpoint_of(one.body) for one in signed]
    assert [(point.partition, point.size, point.next_offset) for point in points] == [(0, 3, 15), (3, 1, 5)]
    with archive_reader(archive.store) as client:
        assert newest_checkpoints(client) == signed
        for point in points:
            assert point.root == tree_hash([one.leaf() for one in all_settled(client, point.partition)])


def test_heads_of_an_earlier_checkpoint_are_found_again(archive: Archive) -> None:
    archive.write(2)
    early = checkpoint_of(archive.sign().body)
    archive.write(4)
    archive.sign()
    with archive_reader(archive.store) as client:
        assert tree_hash(head_leaves(heads_before(client, 0, early.next_offset))) == early.heads_root


def test_the_first_checkpoint_over_a_block_is_found(archive: Archive) -> None:
    archive.write(2)
    early = archive.sign()
    archive.write(2)
    late = archive.sign()
    with archive_reader(archive.store) as client:
        assert block_index_of(client, 0, 12) == (2, 10)
        assert block_index_of(client, 0, 20) is None
        assert [checkpoint_over(client, 0, index) for index in range(5)] == [early, early, late, late, None]


def test_another_process_goes_on_where_the_tree_ends(archive: Archive) -> None:
    archive.write(3)
    published = archive.sign()
    archive.write(2)
    heir = archive.new_notary()
    heir.take_up(0, published)
    (signed,) = heir.sign([0])
    heir.close()
    assert signed == archive.sign()


def test_tree_rows_that_a_crash_kept_away_are_made_again(archive: Archive) -> None:
    archive.write(3)
    heir = archive.new_notary()
    heir.take_up(0, None)
    assert heir.sign([0]) == [archive.sign()]
    heir.close()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("ALTER TABLE archive_ranges DELETE WHERE first_offset = 10", "missing at offsets 10–14"),
        ("ALTER TABLE archive_ranges DELETE WHERE first_offset >= 20", "missing at offsets 20–29"),
        ("ALTER TABLE archive_ranges UPDATE records = 4 WHERE first_offset = 15", "altered at offsets 15–19"),
        (
            "ALTER TABLE archive_ranges UPDATE roots = arrayReverse(roots) WHERE first_offset = 5",
            "altered at offsets 5–9",
        ),
        ("ALTER TABLE archive_heads DELETE WHERE campus_id LIKE '%7'", "derived at offsets 0–29"),
        ("ALTER TABLE archive_blocks DELETE WHERE block_index = 3", "derived at offsets 0–29"),
    ],
)
def test_a_store_that_was_altered_is_refused_with_the_first_bad_position(
    archive: Archive, damage: str, words: str
) -> None:
    archive.write(ROUNDS)
    published = archive.sign()
    with archive_reader(archive.store) as client:
        alter(client, damage)
    assert words in archive.refusal(published)


def test_a_range_and_its_tree_rows_altered_alike_lie_between_two_checkpoints(archive: Archive) -> None:
    archive.write(2)
    archive.sign()
    archive.write(2)
    archive.sign()
    archive.write(2)
    published = archive.sign()
    with archive_reader(archive.store) as client:
        alter(client, "ALTER TABLE archive_ranges UPDATE records = 4 WHERE first_offset = 10")
        alter(client, "TRUNCATE TABLE archive_blocks")
        forger = archive.new_notary()
        forger.take_up(0, None)
        forger._grow(forger._watched)
        forger.close()
    assert "altered at offsets 10–19" in archive.refusal(published)


def test_a_checkpoint_of_a_strange_key_is_refused(archive: Archive, tmp_path: Path) -> None:
    archive.write(1)
    archive.sign()
    strange = SigningKeys(tmp_path / "strange")
    strange.make_first(1)
    notary = archive.new_notary()
    with pytest.raises(KeyFaultError):
        notary.take_up(0, strange.sign("campanile/checkpoint/v1\n"))
    notary.close()


async def test_what_is_settled_is_published_and_checked_at_the_next_start(
    archive: Archive, kafka_bootstrap: str, prefix: str
) -> None:
    archive.notary.close()
    first = await published_after(archive, kafka_bootstrap, prefix, rounds=3)
    second = await published_after(archive, kafka_bootstrap, prefix, rounds=2)
    assert [checkpoint_of(one.body).size for one in (first, second)] == [3, 5]
    with archive_reader(archive.store) as client:
        alter(client, "ALTER TABLE archive_ranges UPDATE records = 4 WHERE first_offset = 5")
    with pytest.raises(TamperedError, match="altered at offsets 5–9"):
        await published_after(archive, kafka_bootstrap, prefix, rounds=1)


async def published_after(archive: Archive, bootstrap: str, prefix: str, *, rounds: int) -> Signed:
    """Start a publisher, settle some rounds, and wait until another one would find them published."""
    publisher = CheckpointPublisher(bootstrap, prefix, archive.new_notary(), NullMeter())
    running = asyncio.create_task(publisher.run())
    try:
        await publisher.claimed(0)
        for _ in range(rounds):
            archive.write(1)
            publisher.settled([0])
        publisher.stop()
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        publisher.close()
    reader = CheckpointPublisher(bootstrap, prefix, archive.new_notary(), NullMeter())
    try:
        await reader._read_published()
    finally:
        reader.close()
    return reader._published[0]
