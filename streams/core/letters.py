"""Dead letters of the streams: the refused event's own bytes, cut from the record that it came in."""

from typing import Final, NamedTuple

import msgspec

from schemas.deadletter import DeadLetter
from schemas.frame import LoggedEvent, split_frame
from schemas.topics import Topic
from streams.core.refusal import RefusedEvent, describe

MAX_RAW_BYTES: Final = 7 << 20
"""What a dead letter may hold of a record that is itself as large as the log allows; the rest is cut off."""
decode_event: Final = msgspec.json.Decoder(LoggedEvent, strict=False).decode


class Place(NamedTuple):
    """Where in the log something was refused."""

    topic: Topic
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic.name}/{self.partition}/{self.offset}"


def letter(place: Place, refused: RefusedEvent, frame: bytes | None = None) -> DeadLetter:
    """The letter of a refused event; without its frame the event is written anew."""
    event = refused.event
    raw = _slice_of(event, frame) if frame is not None else msgspec.json.encode(event)
    return DeadLetter(raw, refused.reason, refused.detail, str(place), "", event.receivedms)


def raw_letter(place: Place, raw: bytes, reason: str, error: Exception) -> DeadLetter:
    """The letter of bytes that are no event, so nothing is known of their receipt."""
    cut = f", {len(raw)} bytes cut to {MAX_RAW_BYTES}" if len(raw) > MAX_RAW_BYTES else ""
    return DeadLetter(raw[:MAX_RAW_BYTES], reason, describe(error) + cut, str(place), "", 0)


def _slice_of(event: LoggedEvent, frame: bytes) -> bytes:
    for raw in split_frame(frame):
        try:
            found = decode_event(raw)
        except msgspec.MsgspecError:
            continue
        if (found.source, found.id, found.sequence) == (event.source, event.id, event.sequence):
            return bytes(raw)
    return msgspec.json.encode(event)
