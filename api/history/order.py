"""The order of history, a place in it, and the cursor that brings a reader back to that place.

Events stand in the order (instant of the asked clock, partition, offset, place in the frame): total, and the same for
everybody. A first page also fixes *what is known*: how far each partition was archived. The pages after it read that
and nothing newer, so an event that arrives late in between neither shifts nor doubles anything. Pure.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Final, NamedTuple

import msgspec

from api.history.errors import CursorError

_VERSION: Final = 1
_Natural = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class Place(NamedTuple):
    """Where an event stands."""

    at_ms: int
    partition: int
    offset: int
    frame_index: int


class HistoryCursor(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The last event that was read, of which question, and what was known."""

    version: int
    digest: Annotated[str, msgspec.Meta(max_length=64)]
    at_ms: _Natural
    partition: _Natural
    offset: _Natural
    frame_index: _Natural
    known: Annotated[tuple[_Natural, ...], msgspec.Meta(max_length=65_536)]
    """By partition: the first offset that was not archived."""

    @property
    def place(self) -> Place:
        """The place of the last event that was read."""
        return Place(self.at_ms, self.partition, self.offset, self.frame_index)


_CURSOR: Final = msgspec.json.Decoder(HistoryCursor)


def encode_cursor(digest: str, place: Place, known: tuple[int, ...]) -> str:
    """The text of a cursor. It grants nothing: authority is asked anew whenever one comes back."""
    raw = msgspec.json.encode(HistoryCursor(_VERSION, digest, *place, known))
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(text: str, digest: str) -> HistoryCursor:
    """The cursor of a text.

    Raises:
        CursorError: it is not one that a page of this question gave.
    """
    try:
        found = _CURSOR.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, msgspec.MsgspecError) as error:
        raise CursorError from error
    if found.version != _VERSION or found.digest != digest:
        raise CursorError
    return found
