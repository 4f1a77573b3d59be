"""How one replay runs at the moment: what its maker set, and where its stream is."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class Control:
    """Changed by requests, read by the stream of the replay, within one event loop.

    It is not stored: after a restart a replay is paced as it was made, and goes on where its reader's cursor is.
    """

    speed: int
    """0: as fast as possible."""
    paused: bool
    at_ms: int
    """The instant of the newest event shown, or of the last seek."""
    shown: int = 0
    seek_ms: int | None = None
    steps: int = 0
    """Events still to show although paused."""
    ended: str = ""
    """Why no stream of it goes on."""
    run: int = 0
    """The number of its newest stream; an older one gives way."""
    version: int = 0
    streams: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def set_pace(self, speed: int | None, *, paused: bool | None) -> None:
        """Change what is given."""
        self.speed = self.speed if speed is None else speed
        self.paused = self.paused if paused is None else paused
        self.steps = self.steps if self.paused else 0
        self.touch()

    def seek(self, at_ms: int) -> None:
        """Go on from another instant, with a fresh digest."""
        self.seek_ms, self.at_ms, self.shown, self.steps = at_ms, at_ms, 0, 0
        self.touch()

    def step(self, events: int) -> None:
        """Pause, and show that many events more."""
        self.paused, self.steps = True, self.steps + events
        self.touch()

    def end(self, reason: str) -> None:
        """End its stream for good."""
        self.ended = reason
        self.touch()

    def touch(self) -> None:
        """Wake the stream."""
        self.version += 1
        self._changed.set()

    async def changed(self, within_s: float) -> None:
        """Return at the next change, or after a time. What changed before the call counts, once."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._changed.wait()
        self._changed.clear()
