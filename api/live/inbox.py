"""The bounded queue between the hub and one reader."""

import asyncio
from typing import Literal

JOIN_BYTES = 64 << 10
"""Most that one write carries: a reader that stops reading holds at most this much outside its queue."""

Interrupt = Literal["", "slow", "scope_changed", "shutdown", "unauthorised", "unrecorded", "lifetime", "disconnected"]


class Inbox:
    """``offer`` from the hub, ``take`` from the reader's own task; nothing is kept once it was interrupted."""

    __slots__ = ("_bytes", "_bytes_max", "_frames", "_frames_max", "_waiter", "interrupt")

    def __init__(self, frames_max: int, bytes_max: int) -> None:
        self.interrupt: Interrupt = ""
        self._frames: list[bytes] = []
        self._bytes = 0
        self._frames_max = frames_max
        self._bytes_max = bytes_max
        self._waiter: asyncio.Future[None] | None = None

    def offer(self, frame: bytes) -> bool:
        """Queue a frame; False when the reader is too slow: it is interrupted then."""
        self._frames.append(frame)
        self._bytes += len(frame)
        if len(self._frames) > self._frames_max or self._bytes > self._bytes_max:
            self.stop("slow")
            return False
        self._wake()
        return True

    def stop(self, reason: Interrupt) -> None:
        """Interrupt the reader; what was queued is dropped, for its cursor has not moved past it."""
        if self.interrupt in ("", "scope_changed"):
            self.interrupt = reason
        self._frames.clear()
        self._bytes = 0
        self._wake()

    def is_interrupted(self) -> bool:
        """Whether the reader must stop what it is writing."""
        return self.interrupt != ""

    def is_idle(self) -> bool:
        """Whether the reader waits with nothing to do."""
        return not self._frames and self._waiter is not None

    async def take(self) -> tuple[bytes, int]:
        """What has been queued, as one write and the number of frames in it; empty when interrupted."""
        if not self._frames and not self.interrupt:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._join()

    def resume(self) -> None:
        """Go on after an interruption that does not end the stream."""
        self.interrupt = ""

    def _join(self) -> tuple[bytes, int]:
        frames = self._frames
        count = len(frames)
        if self._bytes > JOIN_BYTES:
            size = count = 0
            while count < len(frames) and (count == 0 or size + len(frames[count]) <= JOIN_BYTES):
                size += len(frames[count])
                count += 1
        body = b"".join(frames[:count]) if count > 1 else b"".join(frames[:1])
        del frames[:count]
        self._bytes -= len(body)
        return body, count

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
