"""How long it takes from the first byte of a POST to the frame that shows it on an event stream, event by event."""

import asyncio
import contextlib
import re
import time
from datetime import UTC, datetime

from deploy.bench.http_client import Connection
from deploy.bench.load import SINGLE_TYPE

_MARK = re.compile(rb"probe-(\d+)")
_GIVE_UP_S = 10.0


class Probe:
    """Posts buses that nobody has seen before and waits for each to appear."""

    def __init__(
        self, gateway: tuple[str, int], api: tuple[str, int], source: str, viewer: str, campuses: tuple[str, ...]
    ) -> None:
        self._gateway, self._api, self._source, self._viewer = gateway, api, source, viewer
        self._campuses = campuses
        self._posted: dict[int, float] = {}
        self._seen: dict[int, float] = {}
        self._all_seen = asyncio.Event()

    async def run(self, probes: int, interval_s: float) -> list[float]:
        """Latencies in seconds of those that appeared; whoever is missing from the list did not appear in 10 s."""
        reader, writer = await asyncio.open_connection(*self._api)
        query = "&".join(f"scope=campus:{campus}" for campus in self._campuses)
        writer.write(
            f"GET /v1/live?{query}&system=school_bus HTTP/1.1\r\nHost: bench\r\n"
            f"Authorization: Bearer {self._viewer}\r\n\r\n".encode()
        )
        listening = asyncio.create_task(self._listen(reader, probes))
        await asyncio.sleep(1.0)
        await self._post_all(probes, interval_s)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._all_seen.wait(), _GIVE_UP_S)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        writer.close()
        return [seen - self._posted[number] for number, seen in self._seen.items()]

    async def _listen(self, reader: asyncio.StreamReader, probes: int) -> None:
        kept = b""
        while chunk := await reader.read(1 << 20):
            now = time.monotonic()
            for mark in _MARK.findall(kept + chunk):
                number = int(mark)
                if number in self._posted:
                    self._seen.setdefault(number, now)
            if len(self._seen) == probes:
                self._all_seen.set()
            kept = chunk[-16:]

    async def _post_all(self, probes: int, interval_s: float) -> None:
        connection = await Connection.open(*self._gateway)
        head = connection.head("/v1/events", self._source, SINGLE_TYPE)
        started = time.monotonic()
        for number in range(1000, 1000 + probes):
            await asyncio.sleep(max(0.0, started + (number - 1000) * interval_s - time.monotonic()))
            body = _event(number, self._campuses[number % len(self._campuses)])
            self._posted[number] = time.monotonic()
            status, answer = await connection.post(head, body)
            if status != 202:
                raise RuntimeError(f"the gateway answered {status}: {answer[:500]!r}")
        await connection.close()


def _event(number: int, campus: str) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return (
        f'{{"specversion":"1.0","id":"{number}","source":"urn:bench:probe:{time.time_ns()}",'
        f'"type":"school_bus.position.reported.v1","subject":"probe-{number}","campusid":"{campus}","time":"{now}",'
        '"data":{"latitude_deg":31.3,"longitude_deg":114.6,"speed_kmh":30.0,"bearing_deg":90.0,"ignition_on":true}}'
    ).encode()
