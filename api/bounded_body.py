"""No request of ours has a large body: what is longer is refused before it is read, or cut off while it is."""

from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response
from schemas.problems import Problem

MAX_BYTES: Final = 1 << 20


class BoundedBody:
    """An ASGI middleware that counts the bytes of a body, announced or not."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run as an ASGI application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _announced(scope) > self._max_bytes:
            await problem_response(_too_large(self._max_bytes))(scope, receive, send)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._max_bytes:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self._app(scope, bounded, send)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _too_large(max_bytes: int) -> Problem:
    return Problem(
        title=HTTPStatus.REQUEST_ENTITY_TOO_LARGE.phrase,
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        code="CAMP-607",
        detail=f"请求体过大，至多 {max_bytes} 字节 / the body may have at most {max_bytes} bytes",
        remedy="GET /docs",
    )
