"""Whether an event loop still turns: a task beats, another thread asks how long ago."""

import asyncio
import time


class Pulse:
    """``await run()`` in the loop; ``is_alive`` from anywhere."""

    def __init__(self, limit_s: float = 10.0) -> None:
        self._limit_s = limit_s
        self._last = time.monotonic()

    async def run(self) -> None:
        """Beat once a second until cancelled."""
        while True:
            self._last = time.monotonic()
            await asyncio.sleep(1)

    def is_alive(self) -> bool:
        """Whether the loop has turned within the limit."""
        return time.monotonic() - self._last < self._limit_s
