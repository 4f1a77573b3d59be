"""The queue of due documents, compared with a plain dictionary."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.documents import NEVER_MS
from streams.core.due import DueQueue

KEYS = st.sampled_from("abcdef")
INSTANTS = st.one_of(st.integers(0, 50), st.just(NEVER_MS))


@given(st.lists(st.tuples(KEYS, INSTANTS), max_size=60), st.lists(st.integers(0, 60), max_size=8))
def test_it_answers_as_a_plain_dictionary_would(changes: list[tuple[str, int]], questions: list[int]) -> None:
    queue, plain = DueQueue(), dict[str, int]()
    for key, due_ms in changes:
        queue.set(key, due_ms)
        plain[key] = due_ms
        assert queue.earliest_ms() == min(plain.values())
    for instant_ms in questions:
        assert queue.due_at(instant_ms) == sorted(key for key, due_ms in plain.items() if due_ms <= instant_ms)


@given(st.dictionaries(KEYS, INSTANTS))
def test_loaded_keys_are_as_good_as_set_ones(entries: dict[str, int]) -> None:
    queue = DueQueue()
    queue.load(entries.items())
    assert queue.earliest_ms() == min(entries.values(), default=NEVER_MS)
    assert queue.due_at(25) == sorted(key for key, due_ms in entries.items() if due_ms <= 25)


def test_a_key_that_moves_again_and_again_does_not_fill_the_queue() -> None:
    queue = DueQueue()
    for instant_ms in range(10_000):
        queue.set("a", instant_ms)
    assert len(queue._heap) == 1
    assert queue.earliest_ms() == 9_999
