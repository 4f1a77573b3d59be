"""The frame: what one Kafka record of ``campus.events`` holds, and the event as the log knows it.

A frame is a CloudEvents JSON batch: ``[`` event ``,`` event … ``]``, each event the sender's own bytes with two stamps
spliced in before its last brace. A record whose value starts with ``{`` is no frame but a control record: a tick.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

MAX_FRAME_BYTES: Final = 1 << 20
TICK_PREFIX: Final = b'{"tick_ms":'


class LoggedEvent(msgspec.Struct, frozen=True, gc=False):
    """One event of the log, decoded once per reader. Fields as in :mod:`schemas.envelope`; times in epoch ms."""

    id: str
    source: str
    type: str
    subject: str
    campusid: str
    occurredms: int
    receivedms: int
    data: dict[str, Any]
    sequence: int = -1
    """-1: the source does not count."""
    bootid: int = 0


class Tick(msgspec.Struct, frozen=True, gc=False):
    """Time passing, as a record of the log, so that absence is judged in the same order at every replay."""

    tick_ms: int


# Digits travel as strings (CloudEvents integers have 32 bits), hence the lax conversion; `data` is untouched by it.
_EVENTS: Final = msgspec.json.Decoder(list[LoggedEvent], strict=False)
_SLICES: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TICK: Final = msgspec.json.Decoder(Tick)


def stamp(raw: bytes, occurred_ms: int, received_ms: int) -> bytes:
    """The sender's JSON object with both stamps added as its last members; ``raw`` must be a non-empty object."""
    return b'%b,"occurredms":"%d","receivedms":"%d"}' % (raw[: raw.rindex(b"}")], occurred_ms, received_ms)


def stamp_all(events: Iterable[bytes], occurred_ms: Iterable[int], received_ms: int) -> list[bytes]:
    """As :func:`stamp` for each of many; every event must end with its brace, without white space after it."""
    tail = b'","receivedms":"%d"}' % received_ms
    return [b'%b,"occurredms":"%d%b' % (raw[:-1], at_ms, tail) for raw, at_ms in zip(events, occurred_ms, strict=True)]


def join_frame(stamped: list[bytes]) -> bytes:
    """One frame from stamped events."""
    return b"[" + b",".join(stamped) + b"]"


def is_frame(value: bytes) -> bool:
    """Whether a record of ``campus.events`` is a frame (and not a control record)."""
    return value[:1] == b"["


def decode_frame(value: bytes) -> list[LoggedEvent]:
    """The events of a frame, in order.

    Raises:
        msgspec.MsgspecError: not a frame that a gateway of ours wrote.
    """
    return _EVENTS.decode(value)


def split_frame(value: bytes) -> list[msgspec.Raw]:
    """The events of a frame as their own bytes: what is hashed, proven and handed back."""
    return _SLICES.decode(value)


def encode_tick(instant_ms: int) -> bytes:
    """A tick record's value."""
    return b"%b%d}" % (TICK_PREFIX, instant_ms)


def decode_tick(value: bytes) -> int:
    """The instant of a tick record, epoch ms.

    Raises:
        msgspec.MsgspecError: not a tick.
    """
    return _TICK.decode(value).tick_ms
