"""The cursor of an event stream: what ``id:`` says and ``Last-Event-ID`` brings back.

Base64url text of ``version (1 byte) | deployment (5) | audience (6) | varint position …``. A position is the offset
from which a partition is still owed; the audience says which partitions those are, so a cursor is as short as its
readers' scope is narrow. A cursor grants nothing: authority is asked anew whenever one comes back.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from typing import Final, NamedTuple

VERSION: Final = 1
STAMP_BYTES: Final = 5
TAG_BYTES: Final = 6
HEAD_BYTES: Final = 1 + STAMP_BYTES + TAG_BYTES  # a multiple of 3, so that head and positions are encoded apart
MAX_TEXT: Final = 16_384
_MAX_OFFSET: Final = (1 << 63) - 1


class Cursor(NamedTuple):
    """A decoded cursor."""

    stamp: bytes
    """Which deployment gave it."""
    tag: bytes
    """Which audience it belongs to."""
    positions: tuple[int, ...]


def varint(number: int) -> bytes:
    """An unsigned LEB128 integer."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def encode_head(stamp: bytes, tag: bytes) -> bytes:
    """The part that all cursors of one audience begin with, as text."""
    return urlsafe_b64encode(bytes([VERSION]) + stamp + tag)


def encode_positions(parts: Iterable[bytes]) -> bytes:
    """The part that changes, as text, from positions that are varints already."""
    return urlsafe_b64encode(b"".join(parts)).rstrip(b"=")


def encode_cursor(cursor: Cursor) -> str:
    """The text of a cursor."""
    return (encode_head(cursor.stamp, cursor.tag) + encode_positions(map(varint, cursor.positions))).decode()


def decode_cursor(text: str) -> Cursor | None:
    """The cursor of a text, or None when it is not one that this version writes."""
    if len(text) > MAX_TEXT or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError):
        return None
    if len(raw) < HEAD_BYTES or raw[0] != VERSION:
        return None
    positions = _varints(raw[HEAD_BYTES:])
    if positions is None:
        return None
    cursor = Cursor(raw[1 : 1 + STAMP_BYTES], raw[1 + STAMP_BYTES : HEAD_BYTES], positions)
    return cursor if encode_cursor(cursor) == text else None  # one spelling only


def _varints(raw: bytes) -> tuple[int, ...] | None:
    numbers: list[int] = []
    value = shift = 0
    for byte in raw:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(value)
            value = shift = 0
        elif shift > 63:
            return None
    return tuple(numbers) if shift == 0 and all(number <= _MAX_OFFSET for number in numbers) else None
