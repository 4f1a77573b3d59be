"""Reads a request's body within a limit of bytes and a deadline."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ingest.errors import SlowBodyError, TooLargeError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ClientGoneError(Exception):
    """The client closed the connection before its request was complete; there is nobody to answer."""


def declared_length(headers: dict[bytes, bytes], limit: int) -> int:
    """The bytes that the body will have at most: as ``Content-Length`` says, else the limit.

    Raises:
        TooLargeError: it says more than the limit.
    """
    text = headers.get(b"content-length")
    if text is None:
        return limit
    length = int(text) if text.isdigit() and len(text) <= 18 else limit + 1
    if length > limit:
        raise too_large(limit)
    return length


async def read_body(receive: Receive, limit: int, deadline_s: float) -> bytes:
    """The whole body.

    Raises:
        TooLargeError: more than ``limit`` bytes came.
        SlowBodyError: it was not complete after ``deadline_s``.
        ClientGoneError: the client went away.
    """
    try:
        async with asyncio.timeout(deadline_s):
            return await _read(receive, limit)
    except TimeoutError as error:
        raise SlowBodyError(
            "请求体到达过慢 / the body came too slowly",
            cause=f"{deadline_s:g} 秒内未收完 / not complete within {deadline_s:g} s",
            remedy="线路慢时减小每批事件数 / send smaller batches over slow lines",
        ) from error


async def _read(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def too_large(limit: int) -> TooLargeError:
    """The error of a body over the limit."""
    return TooLargeError(
        "请求过大 / request too large",
        cause=f"请求体上限 {limit} 字节 / a body may have at most {limit} bytes",
        remedy="分成几批 / send several batches",
    )
