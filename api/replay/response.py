"""The HTTP answer that carries a replay: it ends with the run, or with its reader."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.replay.run import Run


class ReplayResponse(Response):
    """Writes a run. ``on_end`` is awaited once, however it ended."""

    def __init__(self, run: Run, media_type: str, on_end: Callable[[], Awaitable[None]]) -> None:
        headers = {"Content-Type": media_type, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._run = run
        self._on_end = on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 — ASGI's signature
        """Run as an ASGI application."""
        watch = asyncio.create_task(_watch(receive, self._run))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async with aclosing(self._run.writes()) as writes:
                async for body in writes:
                    await send({"type": "http.response.body", "body": body, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            await self._on_end()


async def _watch(receive: Receive, run: Run) -> None:
    """Stop the run when its reader is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    run.stop("disconnected")
