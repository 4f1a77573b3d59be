"""Every event counts once, whatever order and however often it comes; memory is bounded and survives storage."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.frame import LoggedEvent
from streams.core.dedupe import GENERATION_MS, MAX_GAPS, MAX_RECENT, MAX_SOURCES, Dedupe, Recent, SourceMark
from tests.streams.core.tally_system import BASE_MS, reading


def uncounted(name: str, received_ms: int = BASE_MS) -> LoggedEvent:
    return reading(1, id=name, sequence=-1, receivedms=received_ms)


def stored_and_read_again(dedupe: Dedupe) -> Dedupe:
    marks = msgspec.json.decode(msgspec.json.encode(dedupe.marks), type=dict[str, SourceMark])
    return Dedupe(marks, msgspec.json.decode(msgspec.json.encode(dedupe.recent()), type=Recent))


@given(st.lists(st.integers(1, 60), max_size=200))
def test_a_counted_event_is_admitted_exactly_once_in_any_order(numbers: list[int]) -> None:
    dedupe = Dedupe()
    admitted = [number for number in numbers if dedupe.admit(reading(number))]
    assert sorted(admitted) == sorted(set(numbers))


@given(st.lists(st.integers(1, 40), max_size=60), st.integers(0, 60))
def test_memory_that_was_stored_and_read_again_decides_the_same(numbers: list[int], cut: int) -> None:
    straight, stored = Dedupe(), Dedupe()
    for at, number in enumerate(numbers):
        if at == cut:
            stored = stored_and_read_again(stored)
        assert straight.admit(reading(number)) == stored.admit(reading(number))


def test_a_backlog_sent_after_newer_events_is_admitted_once() -> None:
    dedupe = Dedupe()
    assert dedupe.admit(reading(1))
    assert dedupe.admit(reading(5000))
    assert all(dedupe.admit(reading(number)) for number in range(2, 5000))
    assert not any(dedupe.admit(reading(number)) for number in range(1, 5001))
    assert dedupe.marks[reading(1).source].gaps == []


def test_no_more_than_the_newest_gaps_are_remembered() -> None:
    dedupe = Dedupe()
    for number in range(2, 1000, 2):
        assert dedupe.admit(reading(number))
    assert len(dedupe.marks[reading(1).source].gaps) == 2 * MAX_GAPS
    assert dedupe.admit(reading(997))
    assert not dedupe.admit(reading(1))


def test_a_restarted_source_counts_from_one_again_and_its_late_events_still_count() -> None:
    dedupe = Dedupe()
    assert dedupe.admit(reading(7, bootid=1))
    assert dedupe.admit(reading(1, bootid=2))
    assert dedupe.admit(reading(6, bootid=1))
    assert not dedupe.admit(reading(7, bootid=1))
    assert not dedupe.admit(reading(1, bootid=2))


def test_an_event_from_before_the_last_but_one_restart_is_known_by_its_id() -> None:
    dedupe = Dedupe()
    for boot in (1, 2, 3):
        assert dedupe.admit(reading(1, bootid=boot))
    assert dedupe.admit(reading(5, bootid=1, id="old"))
    assert not dedupe.admit(reading(5, bootid=1, id="old"))


def test_the_source_that_was_silent_longest_is_forgotten_first() -> None:
    dedupe = Dedupe()
    for number in range(MAX_SOURCES + 1):
        assert dedupe.admit(reading(1, source=f"s{number}", receivedms=BASE_MS + number))
    assert len(dedupe.marks) == MAX_SOURCES
    assert "s0" not in dedupe.marks


def test_an_uncounted_event_is_known_by_its_id_for_two_generations() -> None:
    dedupe = Dedupe()
    assert dedupe.admit(uncounted("a"))
    assert not dedupe.admit(uncounted("a", BASE_MS + GENERATION_MS))
    assert dedupe.admit(uncounted("b", BASE_MS + GENERATION_MS))
    assert dedupe.admit(uncounted("a", BASE_MS + 2 * GENERATION_MS))


def test_the_same_id_of_another_source_is_another_event() -> None:
    dedupe = Dedupe()
    assert dedupe.admit(uncounted("a"))
    assert dedupe.admit(reading(1, id="a", sequence=-1, source="urn:other", receivedms=BASE_MS))


def test_a_full_generation_begins_the_next_one_early() -> None:
    dedupe = Dedupe()
    for number in range(2 * MAX_RECENT + 1):
        assert dedupe.admit(uncounted(f"e{number}"))
    assert len(dedupe.recent().now) + len(dedupe.recent().before) <= 16 * MAX_RECENT
    assert not dedupe.admit(uncounted(f"e{2 * MAX_RECENT}"))


def test_a_sequence_of_zero_is_no_count() -> None:
    dedupe = Dedupe()
    assert dedupe.admit(reading(1, sequence=1))
    assert dedupe.admit(reading(0, sequence=0, id="zero"))
    assert not dedupe.admit(reading(0, sequence=0, id="zero"))
