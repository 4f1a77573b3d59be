"""What one stream writes from its first byte to its last.

A fresh stream begins with ``snapshot`` (what follows is complete for these campuses and consortia), a returning one
goes on where its cursor stood, a cursor that cannot be used is answered with ``resync`` and then as a fresh stream.
What is owed is written in rounds, newest documents only; the last round is taken and the stream joined to the hub in
one turn of the event loop, so nothing falls between them and nothing is told twice. Then comes ``live``.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from secrets import randbelow

from api.live.audience import Audience, Selection
from api.live.cursor import decode_cursor
from api.live.frames import event_frame, goodbye_frame, retry_frame
from api.live.hub import Hub, Stream
from api.live.inbox import JOIN_BYTES
from api.live.owed import Start, frames_on_the_way, owed
from schemas.clock import Clock
from schemas.errors import UnreachableError

LAST_ROUND = 128
"""A round of at most so many events is the last one."""
RETRY_MS = 500
SPREAD_MS = 2500
"""Readers cut off together come back spread over this time."""


class Session:
    """One reader's conversation; ``writes`` ends when the stream was interrupted for good."""

    def __init__(
        self,
        hub: Hub,
        stream: Stream,
        *,
        last_event_id: str | None,
        clock: Clock,
        record: Callable[[Selection], Awaitable[None]] | None = None,
    ) -> None:
        """``record`` writes down what of a selection must be on record before it is shown."""
        self._hub = hub
        self._stream = stream
        self._inbox = stream.inbox
        self._clock = clock
        self._last_event_id = last_event_id
        self._record = record

    async def writes(self) -> AsyncGenerator[bytes, None]:
        """Every write, in order."""
        retry_ms = RETRY_MS + randbelow(SPREAD_MS)
        yield retry_frame(retry_ms)
        is_recorded = await self._is_recorded()
        start = self._start()
        while is_recorded:
            async for body in self._catch_up(start):
                yield body
            async for body in self._live():
                yield body
            if self._inbox.interrupt != "scope_changed":
                break
            self._inbox.resume()
            start = "scope_changed"
            is_recorded = await self._is_recorded()
        if self._inbox.interrupt != "disconnected":
            yield goodbye_frame(self._inbox.interrupt, retry_ms)

    async def _is_recorded(self) -> bool:
        """Whether what may be seen now may be shown; where it cannot be recorded the stream ends."""
        if self._record is None:
            return True
        try:
            await self._record(self._stream.selection)
        except UnreachableError:
            self._inbox.stop("unrecorded")
            return False
        return True

    def _start(self) -> Start | str:
        """Where to go on, None for a fresh stream, or why the cursor cannot be used."""
        if self._last_event_id is None:
            return None
        cursor = decode_cursor(self._last_event_id)
        if cursor is None:
            return "malformed"
        return self._hub.audience_of(self._stream.selection).resume_from(cursor, self._hub.view.alerts.floors)

    async def _catch_up(self, start: Start | str) -> AsyncGenerator[bytes, None]:
        if isinstance(start, str):
            yield event_frame("resync", {"reason": start})
            start = None
        audience = self._hub.audience_of(self._stream.selection)
        if start is None:
            yield self._snapshot_frame(audience)
        while not self._inbox.is_interrupted():
            changes = owed(self._hub.view, audience, start)
            target = tuple(self._hub.view.positions.values)
            frames: Iterable[bytes] = frames_on_the_way(changes, audience, start, target)
            is_last = len(changes) <= LAST_ROUND
            if is_last:
                cursor = self._hub.join(self._stream).cursor()
                frames = [*frames, b"id: %b\n" % cursor + event_frame("live", {"at_ms": self._clock.now_ms()})]
            for body in _joined(frames):
                yield body
                if self._inbox.is_interrupted():
                    return
            self._hub.delivered += len(changes)
            if is_last:
                return
            start = tuple(target[slot] for slot in audience.slots)

    def _snapshot_frame(self, audience: Audience) -> bytes:
        """Tells the reader to forget what it held, and which entities the following events complete."""
        selection = audience.selection
        return event_frame(
            "snapshot",
            {
                "at_ms": self._clock.now_ms(),
                "campuses": sorted(selection.campuses),
                "consortia": sorted(selection.consortia),
                "systems": sorted(selection.systems) if selection.systems is not None else None,
            },
        )

    async def _live(self) -> AsyncGenerator[bytes, None]:
        while True:
            body, count = await self._inbox.take()
            if not body:
                return
            self._stream.told_s = time.monotonic()
            self._hub.delivered += count
            yield body


def _joined(frames: Iterable[bytes]) -> Iterator[bytes]:
    """Frames in writes of about ``JOIN_BYTES``, made only as fast as they are taken."""
    batch: list[bytes] = []
    size = 0
    for frame in frames:
        batch.append(frame)
        size += len(frame)
        if size >= JOIN_BYTES:
            yield b"".join(batch)
            batch, size = [], 0
    if batch:
        yield b"".join(batch)
