"""A reader that stops reading is cut and forgotten; the others hear everything."""

import asyncio
import socket
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

import msgspec
import pytest

from api.settings import ApiSettings
from deploy.meter import PrometheusMeter
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.sse import EventReader, until
from tests.api.support.waiting import eventually
from tests.api.support.world import CANTEEN, N1, N2, bearer, campus_status, stored

SUPERVISOR = bearer("supervisor")


@pytest.fixture
def deaf() -> Iterator[socket.socket]:
    """A socket that takes as little as a socket can."""
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        yield found


def ask(deaf: socket.socket, client: Client) -> None:
    """Ask for the stream and never read."""
    place = urlsplit(client.base)
    deaf.connect((place.hostname, place.port))
    token = SUPERVISOR["Authorization"]
    deaf.sendall(f"GET /v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())


async def test_reader_that_never_reads_is_cut_and_counted_while_others_hear_all(deaf: socket.socket) -> None:
    meter = PrometheusMeter()
    rig = Rig(settings=ApiSettings(stream_queue_frames=20), meter=meter)
    async with serving(rig.context()) as client, client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
        ask(deaf, client)
        await eventually(lambda: rig.hub.open_streams == 2)
        heard: list[int] = []
        listening = asyncio.create_task(_listen(reader, heard))

        def is_cut() -> bool:
            return any(stream.inbox.interrupt == "slow" for stream in rig.hub._streams)

        written = 0
        while not is_cut():
            big = campus_status(N1, CANTEEN, counts={"n": written}, state=msgspec.Raw(b'"%b"' % (b"x" * 30_000)))
            rig.state((b"n-1/canteen", stored(big)))
            written += 1
            await eventually(partial(_has, heard, written))
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        deaf.close()
        await eventually(lambda: rig.hub.open_streams == 1)
    assert heard == list(range(written))
    assert 'campanile_api_streams_cut_total{reason="slow"} 1.0' in meter.render().decode()


def _has(heard: list[int], count: int) -> bool:
    return len(heard) == count


async def _listen(reader: EventReader, heard: list[int]) -> None:
    async for event in reader.events():
        heard.append(event.data["counts"]["n"])  # noqa: PERF401 — the list is watched while it grows


async def test_reader_cut_for_being_slow_resumes_by_its_cursor() -> None:
    rig = Rig(settings=ApiSettings(stream_queue_frames=5))
    async with serving(rig.context()) as client:
        async with client.stream(SUPERVISOR) as reader:
            await until(reader, "live")
            for n in range(6):  # in one turn of the loop: the reader has no chance
                rig.state((b"n-2/canteen", stored(campus_status(N2, CANTEEN, counts={"n": n}))))
            assert (await until(reader, "goodbye"))[-1].data["reason"] == "slow"
        async with client.stream(SUPERVISOR, last_id=reader.last_id) as again:
            events = await until(again, "live")
    assert [event.name for event in events] == ["campus", "live"]
    assert events[0].data["counts"] == {"n": 5}


async def test_reader_that_hangs_up_is_forgotten() -> None:
    rig = Rig()
    async with serving(rig.context()) as client:
        async with client.stream(SUPERVISOR) as reader:
            await until(reader, "live")
        await eventually(lambda: rig.hub.open_streams == 0)
    assert rig.hub._audiences == {}
    assert not any(rig.hub._index.values())
