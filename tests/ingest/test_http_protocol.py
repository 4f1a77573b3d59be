"""The bounds of a connection, with deadlines short enough to be waited for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn

from deploy.http_protocol import BoundedProtocol
from deploy.http_server import listening_socket

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LONG_S = 60


class Impatient(BoundedProtocol):
    head_deadline_s = 0.2
    linger_s = 0.2


async def refuses_unread(scope: dict[str, Any], receive: object, send: Callable[[object], Awaitable[None]]) -> None:
    """Answers before it has read anything."""
    assert scope["type"] == "http"
    assert receive
    await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def address() -> AsyncIterator[tuple[str, int]]:
    config = uvicorn.Config(
        refuses_unread,
        http=Impatient,
        ws="none",
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    bound = listening_socket("127.0.0.1", 0)
    bound.listen()
    serving = asyncio.create_task(server._serve([bound]))
    yield bound.getsockname()
    server.should_exit = True
    await serving


async def test_a_client_that_says_nothing_is_cut_off(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)

    assert await asyncio.wait_for(reader.read(), LONG_S) == b""
    writer.close()


async def test_a_client_that_never_ends_its_head_is_cut_off(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nX-A: ")

    assert await asyncio.wait_for(reader.read(), LONG_S) == b""
    writer.close()


async def test_a_refused_client_that_goes_on_sending_sees_the_answer_and_is_then_cut_off(
    address: tuple[str, int],
) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000)

    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LONG_S)).startswith(b"HTTP/1.1 413")
    assert await asyncio.wait_for(reader.read(), LONG_S) == b""
    writer.close()


async def test_a_client_that_finishes_its_refused_body_keeps_its_connection(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    for _ in range(3):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody")
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LONG_S)
        assert answer.startswith(b"HTTP/1.1 413")
    writer.close()
