"""The HTTP answer that carries a stream: plain chunks of shared bytes, ended by either side."""

import asyncio
from contextlib import aclosing, suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.live.hub import Hub, Stream
from api.live.inbox import Inbox
from api.live.session import Session

_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class EventStreamResponse(Response):
    """Writes a session until it ends or the reader goes, and gives the stream back to the hub."""

    def __init__(self, hub: Hub, stream: Stream, session: Session) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._hub = hub
        self._stream = stream
        self._session = session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 — ASGI's signature
        """Run as an ASGI application."""
        watch = asyncio.create_task(_watch(receive, self._stream.inbox))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async with aclosing(self._session.writes()) as writes:
                async for body in writes:
                    await send({"type": "http.response.body", "body": body, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._hub.close(self._stream)
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch


async def _watch(receive: Receive, inbox: Inbox) -> None:
    """Interrupt the stream when its reader is gone; a body that a reader sends is dropped."""
    while (await receive())["type"] != "http.disconnect":
        pass
    inbox.stop("disconnected")
