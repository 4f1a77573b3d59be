"""Counts every answer by route and status, and sets the headers that every answer carries."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.metrics import API_REQUESTS, Meter

_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]
_NO_STORE = (b"cache-control", b"no-store")


class Observed:
    """An ASGI middleware that looks at the first message of an answer and passes the others through."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run as an ASGI application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def observe(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                self._meter.count(API_REQUESTS, 1, route, str(message["status"]))
                headers = list(message.get("headers", []))
                names = {name.lower() for name, _ in headers}
                message["headers"] = [*headers, *_HEADERS, *([] if b"cache-control" in names else [_NO_STORE])]
            await send(message)

        await self._app(scope, receive, observe)
