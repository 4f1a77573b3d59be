"""How records become blocks."""

from streams.archive.block import Block, LogRecord
from streams.archive.collecting import Collector

LATER = 10_000


def collector(block_bytes: int = 1000, waiting_bytes: int = 10_000) -> Collector:
    made = Collector("log", block_ms=100, block_bytes=block_bytes, waiting_bytes=waiting_bytes)
    made.open(0, 10)
    return made


def records(*offsets: int, size: int = 10) -> list[LogRecord]:
    return [LogRecord(offset, 0, b"x" * size) for offset in offsets]


def bounds(blocks: list[Block]) -> list[tuple[int, int, int, list[int]]]:
    return [(b.partition, b.first_offset, b.last_offset, [record.offset for record in b.records]) for b in blocks]


def test_a_block_is_ripe_when_its_time_is_over() -> None:
    made = collector()
    assert made.take(LATER) == []
    made.add(0, records(10), 50)
    made.add(0, records(11), 140)
    assert made.take(149) == []
    assert bounds(made.take(150)) == [(0, 10, 11, [10, 11])]
    assert made.take(LATER) == []


def test_a_block_is_ripe_when_it_is_large_enough() -> None:
    made = collector(block_bytes=30)
    made.add(0, records(10, 11), 0)
    assert made.take(0) == []
    made.add(0, records(12), 0)
    assert bounds(made.take(0)) == [(0, 10, 12, [10, 11, 12])]
    assert made.size == 0


def test_what_is_half_ripe_goes_along_and_what_is_not_waits() -> None:
    made = collector()
    made.open(1, 0)
    made.open(2, 0)
    made.add(0, records(10), 0)
    made.add(1, records(0), 50)
    made.add(2, records(0), 51)
    assert [block.partition for block in made.take(100)] == [0, 1]
    assert [block.partition for block in made.take(151)] == [2]


def test_everything_is_ripe_when_there_is_no_more_room() -> None:
    made = collector(waiting_bytes=20)
    made.open(1, 0)
    made.add(0, records(10), 0)
    assert (made.is_full, made.take(0)) == (False, [])
    made.add(1, records(0), 0)
    assert made.is_full
    assert [block.partition for block in made.take(0)] == [0, 1]
    assert made.size == 0


def test_blocks_follow_one_another_without_a_hole_even_where_the_log_has_one() -> None:
    made = collector()
    made.add(0, records(12, 13), 0)
    first = made.take(LATER)
    made.add(0, records(17), 0)
    assert bounds(first + made.take(LATER)) == [(0, 10, 13, [12, 13]), (0, 14, 17, [17])]


def test_records_that_were_taken_already_or_belong_to_nobody_are_passed_over() -> None:
    made = collector()
    made.add(0, records(8, 9, 10), 0)
    made.add(0, records(10, 11), 0)
    made.add(5, records(1, 2), 0)
    assert bounds(made.take(LATER)) == [(0, 10, 11, [10, 11])]


def test_every_block_has_a_name_of_its_own() -> None:
    made = collector()
    made.open(3, 0)
    made.add(3, records(0), 0)
    made.add(0, records(10), 0)
    assert [block.token for block in made.take(LATER)] == ["log:0:10-10", "log:3:0-0"]


def test_a_repeated_block_ends_where_it_ended_and_the_rest_waits() -> None:
    made = collector()
    made.open(0, 10, replay_to=12)
    made.add(0, records(10, 11), 0)
    assert made.take(LATER) == []
    assert made.replaying == {0}
    made.add(0, records(12, 13), 0)
    assert bounds(made.take(LATER)) == [(0, 10, 12, [10, 11, 12])]
    assert made.replaying == frozenset()
    assert bounds(made.take(LATER)) == [(0, 13, 13, [13])]


def test_a_repeated_block_whose_last_offset_has_no_record_ends_there_all_the_same() -> None:
    made = collector()
    made.open(0, 10, replay_to=12)
    made.add(0, records(10, 14), 0)
    assert bounds(made.take(LATER)) == [(0, 10, 12, [10])]


def test_a_repeated_block_is_not_cut_short_when_there_is_no_more_room() -> None:
    made = collector(waiting_bytes=10)
    made.open(0, 10, replay_to=12)
    made.add(0, records(10, 11), 0)
    assert (made.is_full, made.take(LATER)) == (True, [])


def test_a_partition_that_is_closed_is_forgotten_with_what_waits() -> None:
    made = collector()
    made.add(0, records(10, 11), 0)
    made.close(0)
    assert made.size == 0
    assert made.take(LATER) == []
    assert made.next_wanted(0) is None


def test_the_next_offset_that_is_wanted_follows_what_was_taken() -> None:
    made = collector()
    assert made.next_wanted(0) == 10
    made.add(0, records(10, 11), 0)
    assert made.next_wanted(0) == 12
