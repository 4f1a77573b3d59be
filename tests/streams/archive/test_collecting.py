"""How records become blocks."""

from streams.archive.block import Block, LogRecord
from streams.archive.collecting import Collector


def collector(block_bytes: int = 1000) -> Collector:
    made = Collector("log", block_ms=100, block_bytes=block_bytes)
    made.open(0, 10)
    return made


def records(*offsets: int, size: int = 10) -> list[LogRecord]:
    return [LogRecord(offset, 0, b"x" * size) for offset in offsets]


def bounds(blocks: list[Block]) -> list[tuple[int, int, int, list[int]]]:
    return [(b.partition, b.first_offset, b.last_offset, [record.offset for record in b.records]) for b in blocks]


def test_a_round_is_due_when_its_time_is_over() -> None:
    made = collector()
    assert not made.is_due(10_000)
    made.add(0, records(10, 11), 50)
    assert not made.is_due(149)
    assert made.is_due(150)
    assert bounds(made.take()) == [(0, 10, 11, [10, 11])]
    assert not made.is_due(10_000)


def test_a_round_is_due_and_fetching_ends_when_enough_bytes_wait() -> None:
    made = collector(block_bytes=30)
    made.add(0, records(10, 11, 12), 0)
    assert (made.is_full, made.is_due(0), made.size) == (True, True, 30)
    made.take()
    assert (made.is_full, made.is_due(0), made.size) == (False, False, 0)


def test_blocks_follow_one_another_without_a_hole_even_where_the_log_has_one() -> None:
    made = collector()
    made.add(0, records(12, 13), 0)
    first = made.take()
    made.add(0, records(17), 0)
    assert bounds(first + made.take()) == [(0, 10, 13, [12, 13]), (0, 14, 17, [17])]


def test_records_that_were_taken_already_or_belong_to_nobody_are_passed_over() -> None:
    made = collector()
    made.add(0, records(8, 9, 10), 0)
    made.add(0, records(10, 11), 0)
    made.add(5, records(1, 2), 0)
    assert bounds(made.take()) == [(0, 10, 11, [10, 11])]


def test_every_partition_gets_a_block_of_its_own() -> None:
    made = collector()
    made.open(3, 0)
    made.add(3, records(0), 0)
    made.add(0, records(10), 0)
    assert [block.token for block in made.take()] == ["log:0:10-10", "log:3:0-0"]


def test_a_repeated_block_ends_where_it_ended_and_the_rest_waits() -> None:
    made = Collector("log", block_ms=100, block_bytes=1000)
    made.open(0, 10, replay_to=12)
    made.add(0, records(10, 11), 0)
    assert made.take() == []
    assert made.replaying == {0}
    made.add(0, records(12, 13), 0)
    assert bounds(made.take()) == [(0, 10, 12, [10, 11, 12])]
    assert made.replaying == frozenset()
    assert made.is_due(100)
    assert bounds(made.take()) == [(0, 13, 13, [13])]


def test_a_repeated_block_whose_last_offset_has_no_record_ends_there_all_the_same() -> None:
    made = Collector("log", block_ms=100, block_bytes=1000)
    made.open(0, 10, replay_to=12)
    made.add(0, records(10, 14), 0)
    assert bounds(made.take()) == [(0, 10, 12, [10])]


def test_a_partition_that_is_closed_is_forgotten_with_what_waits() -> None:
    made = collector(block_bytes=15)
    made.add(0, records(10, 11), 0)
    made.close(0)
    assert made.size == 0
    assert made.take() == []
    assert made.next_wanted(0) is None


def test_the_next_offset_that_is_wanted_follows_what_was_taken() -> None:
    made = collector()
    assert made.next_wanted(0) == 10
    made.add(0, records(10, 11), 0)
    assert made.next_wanted(0) == 12
