"""uvicorn's HTTP protocol with the limits that it leaves to a proxy: a server of ours is safe without one.

* The head of a request is bounded in bytes, in header lines and in time.
* A client that goes on sending after it was answered (a refused body) is read and forgotten for a few seconds, so that
  it gets to see the answer, and is then cut off.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEADER_LINES: Final = 100
MAX_HEAD_BYTES: Final = 32 << 10


class HeadTooLargeError(ValueError):
    """The request's head has more lines than a request of ours ever has; uvicorn answers 400 and closes."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    head_deadline_s = 10.0
    linger_s = 3.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 — uvicorn's own arguments
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._in_message = False
        self._head_bytes = 0
        self._header_lines = 0
        self._head_since_s = self.loop.time()
        self._guard: asyncio.TimerHandle | None = None
        self._linger: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the clock of the first head."""
        super().connection_made(transport)
        self._guard = self.loop.call_later(self.head_deadline_s, self._check_head)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        super().connection_lost(exc)
        for timer in (self._guard, self._linger):
            if timer is not None:
                timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head; a head that never ends is cut off."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Request head too large.")

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head = self._in_message = True
        self._header_lines = 0
        self._head_since_s = self.loop.time()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header line.

        Raises:
            HeadTooLargeError: there are too many.
        """
        self._header_lines += 1
        if self._header_lines > MAX_HEADER_LINES:
            raise HeadTooLargeError
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is over."""
        self._note_end_of_head()
        super().on_headers_complete()

    def _note_end_of_head(self) -> None:
        self._in_head = False
        self._head_bytes = 0

    def on_message_complete(self) -> None:
        """The body is over; the next head may have begun in the same read."""
        self._note_end_of_message()
        super().on_message_complete()

    def _note_end_of_message(self) -> None:
        self._in_message = False
        self._head_bytes = 0
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None

    def on_response_complete(self) -> None:
        """Answered; if the body is still coming, let it come for a short while."""
        super().on_response_complete()
        if self._in_message and not self.transport.is_closing():
            self._linger = self.loop.call_later(self.linger_s, self.transport.close)

    def _check_head(self) -> None:
        if self.transport.is_closing():
            return
        if self._in_head and self.loop.time() - self._head_since_s >= self.head_deadline_s:
            self.transport.close()
            return
        self._guard = self.loop.call_later(self.head_deadline_s, self._check_head)
