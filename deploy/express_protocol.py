"""The HTTP protocol of the gateway: an ordinary POST of events, read whole, goes to the express and not through ASGI.

uvicorn gives each request a task, an event and two writes. A request that the express takes needs none of them. One
whose body has not come in one piece, or that the express leaves, goes on as if there were no express: uvicorn is told
of its head and its body only then.
"""

import asyncio
from typing import Any, ClassVar, Final, Protocol

from deploy.http_protocol import BoundedProtocol
from ingest.express import Answer, Headers
from ingest.openapi import PATH

_PATH: Final = PATH.encode()


class Taker(Protocol):
    """What :class:`ingest.express.Express` does."""

    def take(self, headers: Headers, body: bytes, answer: Answer) -> bool:
        """Take a request or leave it; who takes it answers it."""
        ...


class _Exchange:
    """A request of the express, with what uvicorn's protocol asks of a request under way."""

    message_event: ClassVar = asyncio.Event()
    """Set by uvicorn when the client has gone; nobody waits for it."""

    def __init__(self, protocol: "ExpressProtocol") -> None:
        self._protocol = protocol
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        """Made false by uvicorn when the server is stopping."""

    def answer(self, response: bytes) -> None:
        """Write the response, unless the client has gone."""
        if self.disconnected or self._protocol.transport.is_closing():
            return
        self.response_complete = True
        if self.keep_alive:
            self._protocol.transport.write(response)
        else:
            self._protocol.transport.write(response.replace(b"\r\n", b"\r\nconnection: close\r\n", 1))
            self._protocol.transport.close()
        self._protocol.on_response_complete()


class ExpressProtocol(BoundedProtocol):
    """One connection."""

    def __init__(self, *args: Any, express: Taker, **kwargs: Any) -> None:  # noqa: ANN401 — uvicorn's own arguments
        super().__init__(*args, **kwargs)
        self._express = express
        self._parts: list[bytes] | None = None
        """The body, as far as it has come, of a request that may yet be taken."""

    def on_headers_complete(self) -> None:
        """The head is over; what may be taken waits for its body."""
        if self._may_be_taken():
            self._note_end_of_head()
            self._parts = []
        else:
            super().on_headers_complete()

    def _may_be_taken(self) -> bool:
        parser = self.parser
        return (
            self.url == _PATH
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and (self.cycle is None or self.cycle.response_complete)
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
            and not self.flow.write_paused
        )

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self._parts is None:
            super().on_body(body)
        else:
            self._parts.append(body)

    def on_message_complete(self) -> None:
        """The body is over."""
        parts, self._parts = self._parts, None
        if parts is None:
            super().on_message_complete()
            return
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        before: Any = self.cycle
        exchange: Any = _Exchange(self)
        self.cycle = exchange
        self._note_end_of_message()
        if not self._express.take(self.headers, body, exchange.answer):
            self.cycle = before
            self._go_on(parts)
            super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """What has not come whole in one read goes the usual way, so that its deadline and its limits count."""
        super().data_received(data)
        if self._parts is not None:
            parts, self._parts = self._parts, None
            if not self.transport.is_closing():
                self._go_on(parts)

    def _go_on(self, parts: list[bytes]) -> None:
        super().on_headers_complete()
        for part in parts:
            super().on_body(part)
