"""Which events share a Kafka record: one open frame per partition. Pure; time is given in monotonic milliseconds.

A partition that has sent nothing for a window sends at once, so light load pays no latency. Otherwise a frame collects
until the window, measured from its first event, is over, or until it is full. When the first window is over, all open
frames leave. Events leave in the order in which they were added, and an event is never split.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from schemas.frame import join_frame

OwnerT = TypeVar("OwnerT")
KeyT = TypeVar("KeyT")
_BRACKETS = 2


@dataclass
class Portion(Generic[OwnerT, KeyT]):
    """What one request puts into one partition: stamped events in order, with their keys."""

    partition: int
    owner: OwnerT
    events: list[bytes] = field(default_factory=list)
    keys: list[KeyT] = field(default_factory=list)

    def size(self) -> int:
        """Bytes of the events, a comma counted with each."""
        return sum(map(len, self.events)) + len(self.events)


@dataclass
class Frame(Generic[OwnerT, KeyT]):
    """A record in the making. Every owner waits for its acknowledgement."""

    partition: int
    opened_ms: float
    events: list[bytes] = field(default_factory=list)
    keys: list[KeyT] = field(default_factory=list)
    owners: list[tuple[OwnerT, int]] = field(default_factory=list)
    """Each with the number of its events here."""
    size: int = _BRACKETS

    def encode(self) -> bytes:
        """The record's value."""
        return join_frame(self.events)


class Framer(Generic[OwnerT, KeyT]):
    """Collects portions into frames."""

    def __init__(self, window_ms: float, max_frame_bytes: int) -> None:
        self._window_ms = window_ms
        self._max_frame_bytes = max_frame_bytes
        self._open: dict[int, Frame[OwnerT, KeyT]] = {}
        self._sent_ms: dict[int, float] = {}

    def add(self, portion: Portion[OwnerT, KeyT], now_ms: float) -> list[Frame[OwnerT, KeyT]]:
        """Take a portion; returns the frames that are to be sent now, in order."""
        ready: list[Frame[OwnerT, KeyT]] = []
        for piece, size in self._pieces(portion):
            frame = self._open.get(portion.partition)
            if frame is not None and frame.size + size > self._max_frame_bytes:
                ready.append(self._close(frame, now_ms))
                frame = None
            if frame is None:
                frame = self._open[portion.partition] = Frame(portion.partition, now_ms)
            frame.events += piece.events
            frame.keys += piece.keys
            frame.owners.append((piece.owner, len(piece.events)))
            frame.size += size
        last = self._open[portion.partition]
        if now_ms - self._sent_ms.get(portion.partition, float("-inf")) >= self._window_ms:
            ready.append(self._close(last, now_ms))
        return ready

    def due(self, now_ms: float) -> list[Frame[OwnerT, KeyT]]:
        """Every open frame as soon as the window of one is over: together they cost one request to Kafka."""
        due_ms = self.next_due_ms()
        return self.drain(now_ms) if due_ms is not None and due_ms <= now_ms else []

    def drain(self, now_ms: float) -> list[Frame[OwnerT, KeyT]]:
        """Every open frame, due or not."""
        return [self._close(frame, now_ms) for frame in list(self._open.values())]

    def next_due_ms(self) -> float | None:
        """When :meth:`due` will next give something; None while no frame is open."""
        opened = min((frame.opened_ms for frame in self._open.values()), default=None)
        return None if opened is None else opened + self._window_ms

    def _close(self, frame: Frame[OwnerT, KeyT], now_ms: float) -> Frame[OwnerT, KeyT]:
        del self._open[frame.partition]
        self._sent_ms[frame.partition] = now_ms
        return frame

    def _pieces(self, portion: Portion[OwnerT, KeyT]) -> Iterator[tuple[Portion[OwnerT, KeyT], int]]:
        """The portion and its size, cut where a frame would overflow; nearly always it is one piece."""
        size = portion.size()
        if size + _BRACKETS <= self._max_frame_bytes:
            yield portion, size
            return
        piece: Portion[OwnerT, KeyT] = Portion(portion.partition, portion.owner)
        size = 0
        for event, key in zip(portion.events, portion.keys, strict=True):
            if piece.events and size + len(event) + 1 + _BRACKETS > self._max_frame_bytes:
                yield piece, size
                piece, size = Portion(portion.partition, portion.owner), 0
            piece.events.append(event)
            piece.keys.append(key)
            size += len(event) + 1
        yield piece, size
