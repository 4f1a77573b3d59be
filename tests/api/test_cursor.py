"""The cursor's text: everything it says comes back, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.live.cursor import STAMP_BYTES, TAG_BYTES, Cursor, decode_cursor, encode_cursor, varint

cursors = st.builds(
    Cursor,
    stamp=st.binary(min_size=STAMP_BYTES, max_size=STAMP_BYTES),
    tag=st.binary(min_size=TAG_BYTES, max_size=TAG_BYTES),
    positions=st.lists(st.integers(0, (1 << 63) - 1), max_size=64).map(tuple),
)


@given(cursors)
def test_cursor_comes_back_as_it_was(cursor: Cursor) -> None:
    assert decode_cursor(encode_cursor(cursor)) == cursor


@given(cursors)
def test_cursor_is_one_word_of_a_header(cursor: Cursor) -> None:
    text = encode_cursor(cursor)
    assert text.isascii()
    assert text.replace("-", "").replace("_", "").isalnum()


@given(st.text())
def test_any_text_is_a_cursor_or_none(text: str) -> None:
    cursor = decode_cursor(text)
    assert cursor is None or encode_cursor(cursor) == text


@given(cursors, st.data())
def test_damaged_cursor_never_raises(cursor: Cursor, data: st.DataObject) -> None:
    text = encode_cursor(cursor)
    place = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:place] + data.draw(st.characters()) + text[place + 1 :]
    decoded = decode_cursor(damaged)
    assert decoded is None or encode_cursor(decoded) == damaged


@pytest.mark.parametrize("text", ["", "A", "AAAAAAAAAAAAAAAA", "=" * 40, "A" * 1_000_000, "\x00", "AQ==", "%00"])
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    assert decode_cursor(text) is None


def test_number_has_one_spelling_only() -> None:
    text = encode_cursor(Cursor(bytes(5), bytes(6), (1,)))
    head = text[:16]
    assert decode_cursor(head + "AQ") is not None
    assert decode_cursor(head + "gQA") is None  # the same number in two bytes
    assert decode_cursor(head + "gICAgICAgICAgAE") is None  # more than 63 bits


@given(st.integers(0, (1 << 63) - 1))
def test_varint_has_seven_bits_a_byte(number: int) -> None:
    assert len(varint(number)) == max(1, -(-number.bit_length() // 7))
