"""`campanile api` as a process over the real log: health, revocation, goodbye on SIGTERM, connections gone deaf."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from schemas.registry import Role
from tests.api.support.log import ApiProcess, Log, writing
from tests.api.support.serving import Client
from tests.api.support.sse import until
from tests.api.support.waiting import eventually
from tests.api.support.world import CANTEEN, N1, N2, NORTH, bearer, campus_record, campus_status, facts, stored, viewer

pytestmark = pytest.mark.engine
SUPERVISOR = bearer("supervisor")


@pytest.fixture
async def log(kafka_bootstrap: str, prefix: str) -> AsyncIterator[Log]:
    async with writing(kafka_bootstrap, prefix) as found:
        for fact in facts():
            await found.fact(fact)
        await found.state(campus_record(N1, CANTEEN, 1))
        yield found


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


async def start(log: Log, http: aiohttp.ClientSession, bootstrap: str, directory: Path, **settings: str) -> ApiProcess:
    api = ApiProcess(bootstrap, log.prefix, directory, settings)
    api.start()
    await api.ready(http)
    return api


async def test_process_serves_the_log_and_ends_its_streams_on_sigterm(
    log: Log, http: aiohttp.ClientSession, kafka_bootstrap: str, tmp_path: Path
) -> None:
    api = await start(log, http, kafka_bootstrap, tmp_path)
    try:
        client = Client(http, api.base)
        async with client.stream(SUPERVISOR) as reader:
            first = await until(reader, "live")
            await log.state(campus_record(N1, CANTEEN, 2))
            second = await until(reader, "campus")
            async with http.get(f"{api.ops}/metrics") as response:
                assert "campanile_api_streams 1.0" in await response.text()
            async with http.get(f"{api.base}/metrics") as response:
                assert response.status == 404
            code = asyncio.create_task(asyncio.to_thread(api.terminate))
            last = await until(reader, "goodbye")
        assert await code == 0, api.words()
    finally:
        api.kill()
    assert [event.data["counts"]["n"] for event in (*first[1:-1], *second)] == [1, 2]
    assert last[-1].data["reason"] == "shutdown"
    assert "Traceback" not in api.words()


async def test_token_revoked_in_the_log_ends_its_stream_within_a_second(
    log: Log, http: aiohttp.ClientSession, kafka_bootstrap: str, tmp_path: Path
) -> None:
    api = await start(log, http, kafka_bootstrap, tmp_path)
    try:
        async with Client(http, api.base).stream(SUPERVISOR) as reader:
            await until(reader, "live")
            await log.fact(viewer("supervisor", Role.SUPERVISOR, f"consortium:{NORTH}", revoked=True))
            events = await until(reader, "goodbye")
            assert events[-1].data["reason"] == "unauthorised"
        async with http.get(f"{api.base}/v1/consortia", headers=SUPERVISOR) as response:
            assert response.status == 401
        assert await asyncio.to_thread(api.terminate) == 0
    finally:
        api.kill()


@pytest.mark.slow
async def test_connection_that_takes_no_bytes_is_dropped_by_the_kernel(
    log: Log, http: aiohttp.ClientSession, kafka_bootstrap: str, tmp_path: Path
) -> None:
    api = await start(
        log,
        http,
        kafka_bootstrap,
        tmp_path,
        CAMPANILE_API__SLOW_READER_S="1",
        CAMPANILE_API__STREAM_QUEUE_FRAMES="5",
    )
    page = ""

    async def metrics() -> str:
        async with http.get(f"{api.ops}/metrics") as response:
            return await response.text()

    try:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", api.port))
            token = SUPERVISOR["Authorization"]
            deaf.sendall(f"GET /v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
            async with asyncio.timeout(60):
                while 'cut_total{reason="slow"} 1.0' not in page:
                    for n in range(20):
                        pad = campus_status(N2, CANTEEN, counts={f"k{i}": n for i in range(5000)})
                        await log.state((b"n-2/canteen", stored(pad)))
                    page = await metrics()
        assert "campanile_api_streams 0.0" in page
        assert await asyncio.to_thread(api.terminate) == 0
    finally:
        api.kill()
    assert "without completing response" not in api.words()
    await eventually(lambda: api.process is not None and api.process.poll() is not None)
