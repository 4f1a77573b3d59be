from hypothesis import given
from hypothesis import strategies as st

from ingest.framing import Frame, Framer, Portion

WINDOW_MS = 20
EVENT = b"x" * 99
TestFramer = Framer[str, int]


def portion(partition: int, keys: list[int], owner: str = "a", event: bytes = EVENT) -> Portion[str, int]:
    return Portion(partition, owner, [event] * len(keys), keys)


def keys(frames: list[Frame[str, int]]) -> list[list[int]]:
    return [frame.keys for frame in frames]


def test_a_partition_that_was_silent_sends_at_once() -> None:
    framer: TestFramer = Framer(WINDOW_MS, 1 << 20)

    assert keys(framer.add(portion(0, [1]), 0)) == [[1]]
    assert framer.next_due_ms() is None


def test_what_follows_within_the_window_is_collected_until_the_window_is_over() -> None:
    framer: TestFramer = Framer(WINDOW_MS, 1 << 20)
    framer.add(portion(0, [1]), 0)

    assert framer.add(portion(0, [2]), 5) == []
    assert framer.add(portion(0, [3], "b"), 15) == []
    assert framer.next_due_ms() == 5 + WINDOW_MS
    assert framer.due(24) == []
    (frame,) = framer.due(25)
    assert (frame.keys, frame.owners) == ([2, 3], [("a", 1), ("b", 1)])


def test_partitions_do_not_wait_for_each_other() -> None:
    framer: TestFramer = Framer(WINDOW_MS, 1 << 20)
    framer.add(portion(0, [1]), 0)
    framer.add(portion(0, [2]), 1)

    assert keys(framer.add(portion(1, [3]), 2)) == [[3]]


def test_when_one_window_is_over_all_open_frames_leave_together() -> None:
    framer: TestFramer = Framer(WINDOW_MS, 1 << 20)
    for partition in (0, 1):
        framer.add(portion(partition, [0]), 0)
        framer.add(portion(partition, [1]), 5 + partition)

    assert framer.due(24) == []
    assert [frame.partition for frame in framer.due(25)] == [0, 1]
    assert framer.next_due_ms() is None


def test_after_a_silent_window_a_partition_sends_at_once_again() -> None:
    framer: TestFramer = Framer(WINDOW_MS, 1 << 20)
    framer.add(portion(0, [1]), 0)

    assert keys(framer.add(portion(0, [2]), WINDOW_MS)) == [[2]]


def test_a_full_frame_does_not_wait() -> None:
    framer: TestFramer = Framer(WINDOW_MS, 1_000)
    framer.add(portion(0, [0]), 0)

    assert framer.add(portion(0, list(range(6))), 1) == []
    assert keys(framer.add(portion(0, list(range(6, 12))), 2)) == [[0, 1, 2, 3, 4, 5]]


def test_a_portion_larger_than_a_frame_is_cut_between_events() -> None:
    framer: TestFramer = Framer(WINDOW_MS, 1_000)

    frames = framer.add(portion(0, list(range(25))), 0) + framer.drain(1)

    assert keys(frames) == [list(range(9)), list(range(9, 18)), list(range(18, 25))]
    assert [frame.owners for frame in frames] == [[("a", 9)], [("a", 9)], [("a", 7)]]
    assert all(len(frame.encode()) <= 1_000 for frame in frames)


def test_drain_leaves_nothing() -> None:
    framer: TestFramer = Framer(WINDOW_MS, 1 << 20)
    framer.add(portion(0, [1]), 0)
    framer.add(portion(0, [2]), 1)

    assert keys(framer.drain(2)) == [[2]]
    assert framer.drain(3) == []
    assert framer.next_due_ms() is None


STEPS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2), st.integers(1, 12)), max_size=30)


@given(STEPS)
def test_every_event_leaves_once_in_order_in_time_and_in_size(steps: list[tuple[int, int, int]]) -> None:
    framer: TestFramer = Framer(WINDOW_MS, 1_000)
    sent: list[Frame[str, int]] = []
    added: dict[int, list[int]] = {0: [], 1: [], 2: []}
    now_ms, number = 0, 0
    for pause_ms, partition, count in steps:
        for _ in range(pause_ms):
            now_ms += 1
            sent += framer.due(now_ms)
        new = list(range(number, number + count))
        number += count
        added[partition] += new
        sent += framer.add(portion(partition, new), now_ms)
        due_ms = framer.next_due_ms()
        assert due_ms is None or now_ms < due_ms <= now_ms + WINDOW_MS
    sent += framer.drain(now_ms)

    for partition, expected in added.items():
        assert [key for frame in sent if frame.partition == partition for key in frame.keys] == expected
    for frame in sent:
        assert len(frame.encode()) <= 1_000
        assert sum(count for _, count in frame.owners) == len(frame.keys)
