"""The cursor of a replay: what ``id:`` says and ``Last-Event-ID`` brings back. Pure.

It is the whole memory of a run: the place in the order, how much was shown since when, and the digest of that. So a run
goes on with the same digest after a broken connection, on another process, or after a restart. A cursor grants nothing:
authority is asked anew whenever one comes back.

Base64url text of ``version (1 byte) | tag of the replay (6) | digest (32) | six varints``.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Final, NamedTuple

from api.live.cursor import varint
from api.replay.place import Place, before

VERSION: Final = 1
TAG_BYTES: Final = 6
DIGEST_BYTES: Final = 32
NO_DIGEST: Final = bytes(DIGEST_BYTES)
_HEAD: Final = 1 + TAG_BYTES + DIGEST_BYTES
_MAX_TEXT: Final = 256
_NUMBERS: Final = 6
_MAX_NUMBER: Final = 1 << 63


class Cursor(NamedTuple):
    """How far a run has come."""

    place: Place
    """Everything up to here was shown."""
    since_ms: int
    """Where the showing began without a jump: the interval's beginning, or the last seek."""
    shown: int
    """Events shown since then."""
    digest: bytes
    """Chained over these events, see :func:`api.replay.entry.link`."""


def start_at(at_ms: int) -> Cursor:
    """The cursor of a run that begins at an instant."""
    return Cursor(before(at_ms), at_ms, 0, NO_DIGEST)


def encode(cursor: Cursor, tag: bytes) -> bytes:
    """The text of a cursor."""
    numbers = (*cursor.place, cursor.since_ms, cursor.shown)
    raw = bytes([VERSION]) + tag + cursor.digest + b"".join(map(varint, numbers))
    return urlsafe_b64encode(raw).rstrip(b"=")


def decode(text: str, tag: bytes) -> Cursor | None:
    """The cursor of a text; None when it is not one of the replay with this tag."""
    if len(text) > _MAX_TEXT or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError):
        return None
    if len(raw) < _HEAD or raw[0] != VERSION or raw[1 : 1 + TAG_BYTES] != tag:
        return None
    numbers = _numbers(raw[_HEAD:])
    if len(numbers) != _NUMBERS or max(numbers) >= _MAX_NUMBER:
        return None
    at_ms, partition, offset, rank, since_ms, shown = numbers
    found = Cursor(Place(at_ms, partition, offset, rank), since_ms, shown, raw[1 + TAG_BYTES : _HEAD])
    return found if encode(found, tag).decode() == text else None  # one spelling only


def _numbers(raw: bytes) -> list[int]:
    """The varints of some bytes; what is not ended is left out."""
    found: list[int] = []
    value = shift = 0
    for byte in raw:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append(value)
            value = shift = 0
    return found
