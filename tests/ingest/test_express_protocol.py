"""Which requests go to the express, and that all others, and what it leaves, reach the application unharmed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest
import uvicorn

from deploy.express_protocol import ExpressProtocol
from deploy.http_server import listening_socket
from ingest.express import Answer, Headers

LONG_S = 10
TAKEN = b"HTTP/1.1 202 Accepted\r\ncontent-length: 5\r\n\r\ntaken"
POST = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


class Station:
    """Takes every request whose body does not begin with a minus; answers at once, or when told."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.waiting: list[Answer] = []
        self.answers_at_once = True

    def take(self, headers: Headers, body: bytes, answer: Answer) -> bool:
        assert dict(headers)[b"host"] == b"x"
        if body.startswith(b"-"):
            return False
        self.taken.append(body)
        if self.answers_at_once:
            answer(TAKEN)
        else:
            self.waiting.append(answer)
        return True


async def echo(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """The application: says the request's body back."""
    assert scope["type"] == "http"
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    head = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG_S):
        while not condition():  # noqa: ASYNC110 — nothing announces it; polled with a deadline
            await asyncio.sleep(0)


def connections_of(server: uvicorn.Server) -> list[Any]:
    """Its open connections, each an :class:`ExpressProtocol`."""
    return [*server.server_state.connections]


@pytest.fixture
def station() -> Station:
    return Station()


@pytest.fixture
async def server(station: Station) -> AsyncIterator[uvicorn.Server]:
    protocol: Any = partial(ExpressProtocol, express=station)
    config = uvicorn.Config(
        echo, http=protocol, ws="none", lifespan="off", log_config=None, timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    bound = listening_socket("127.0.0.1", 0)
    bound.listen()
    serving = asyncio.create_task(server._serve([bound]))
    await until(lambda: server.started)
    yield server
    server.should_exit = True
    await asyncio.wait_for(serving, LONG_S)


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def answer(self) -> tuple[int, bytes, bytes]:
        """Status, head and body of the next answer."""
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), LONG_S)
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return int(head[9:12]), head, await asyncio.wait_for(self._reader.readexactly(length), LONG_S)

    async def rest(self) -> bytes:
        """What comes until the other side closes."""
        return await asyncio.wait_for(self._reader.read(), LONG_S)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@pytest.fixture
async def client(server: uvicorn.Server) -> AsyncIterator[Client]:
    address = server.servers[0].sockets[0].getsockname()
    made = Client(*await asyncio.open_connection(*address))
    yield made
    await made.close()


async def test_a_whole_request_is_taken_and_its_connection_kept(client: Client, station: Station) -> None:
    for _ in range(3):
        client.send(POST + b"body")
        status, _, body = await client.answer()
        assert (status, body) == (202, b"taken")

    assert station.taken == [b"body"] * 3


async def test_a_request_that_is_left_reaches_the_application_whole(client: Client, station: Station) -> None:
    client.send(POST + b"-bod")
    left = await client.answer()
    client.send(POST + b"body")
    taken = await client.answer()

    assert (left[0], left[2]) == (200, b"-bod")
    assert taken[0] == 202
    assert station.taken == [b"body"]


async def test_a_body_in_two_pieces_goes_to_the_application(
    client: Client, station: Station, server: uvicorn.Server
) -> None:
    client.send(POST + b"bo")
    await until(lambda: any(connection.cycle for connection in connections_of(server)))  # the first was read
    client.send(b"dy")

    assert (await client.answer())[2] == b"body"
    assert station.taken == []


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(POST.replace(b"POST", b"PUT"), id="another method"),
        pytest.param(POST.replace(b"/v1/events", b"/v1/event"), id="another path"),
        pytest.param(POST.replace(b"/v1/events", b"/v1/events?a=1"), id="a query"),
        pytest.param(POST.replace(b"HTTP/1.1", b"HTTP/1.0"), id="an old version"),
        pytest.param(POST.replace(b"Host: x", b"Host: x\r\nConnection: close"), id="a last request"),
    ],
)
async def test_what_is_not_ordinary_goes_to_the_application(head: bytes, client: Client, station: Station) -> None:
    client.send(head + b"body")

    assert (await client.answer())[2] == b"body"
    assert station.taken == []


async def test_requests_in_one_packet_are_answered_in_their_order(client: Client, station: Station) -> None:
    station.answers_at_once = False
    client.send(POST + b"firs" + POST + b"seco" + POST + b"thir")
    await until(lambda: bool(station.waiting))
    station.waiting.pop()(TAKEN)

    assert [(await client.answer())[2] for _ in range(3)] == [b"taken", b"seco", b"thir"]
    assert station.taken == [b"firs"]


async def test_an_answer_for_a_client_that_has_gone_is_dropped(
    client: Client, station: Station, server: uvicorn.Server
) -> None:
    station.answers_at_once = False
    client.send(POST + b"body")
    await until(lambda: bool(station.waiting))
    await client.close()
    await until(lambda: not server.server_state.connections)

    station.waiting.pop()(TAKEN)

    assert server.server_state.total_requests == 0


async def test_a_request_under_way_is_answered_before_the_server_ends(
    client: Client, station: Station, server: uvicorn.Server
) -> None:
    station.answers_at_once = False
    client.send(POST + b"body")
    await until(lambda: bool(station.waiting))
    server.should_exit = True
    (connection,) = connections_of(server)
    await until(lambda: not connection.cycle.keep_alive)
    station.waiting.pop()(TAKEN)

    _, head, body = await client.answer()
    assert body == b"taken"
    assert b"connection: close" in head
    assert await client.rest() == b""


async def test_a_head_that_is_no_http_is_refused(client: Client, station: Station) -> None:
    client.send(POST + b"body" + b"\x00\x01 nonsense\r\n\r\n")

    assert (await client.answer())[0] == 202
    assert (await client.answer())[0] == 400
    assert station.taken == [b"body"]
