from hypothesis import given
from hypothesis import strategies as st

from api.replay.cursor import NO_DIGEST, TAG_BYTES, Cursor, decode, encode, start_at
from api.replay.place import Place, event_rank, index_of

numbers = st.integers(0, (1 << 63) - 1)
cursors = st.builds(
    Cursor, st.builds(Place, numbers, numbers, numbers, numbers), numbers, numbers, st.binary(min_size=32, max_size=32)
)
tags = st.binary(min_size=TAG_BYTES, max_size=TAG_BYTES)


@given(cursors, tags)
def test_cursor_comes_back_as_it_was_written(cursor: Cursor, tag: bytes) -> None:
    assert decode(encode(cursor, tag).decode(), tag) == cursor


@given(cursors, tags, tags)
def test_cursor_of_another_replay_is_not_taken(cursor: Cursor, tag: bytes, other: bytes) -> None:
    assert (decode(encode(cursor, tag).decode(), other) is None) == (tag != other)


@given(st.text(max_size=300))
def test_any_text_is_a_cursor_or_none(text: str) -> None:
    cursor = decode(text, bytes(TAG_BYTES))
    assert cursor is None or encode(cursor, bytes(TAG_BYTES)).decode() == text


@given(st.integers(0, 1 << 20))
def test_mark_fits_right_before_each_event(index: int) -> None:
    assert index_of(event_rank(index)) == index
    assert event_rank(index) < event_rank(index + 1) - 1 < event_rank(index + 1)


def test_run_begins_with_nothing_shown() -> None:
    assert start_at(7) == Cursor(Place(7, 0, 0, 0), 7, 0, NO_DIGEST)
