"""Sending simulated events through the public gateway, campus by campus, as edge boxes do."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from deploy.bench.http_client import BrokenAnswerError, Connection
from deploy.bench.load import BATCH_TYPE
from deploy.demo.source import Emission
from schemas.ids import CampusId

BATCH = 400
IN_FLIGHT = 8
ANSWERED_WITHIN_S = 45.0
"""Several times the gateway's own longest deadline: whoever waits longer has been forgotten."""


class Poster:
    """Posts batches until each is acknowledged, whatever happens to the gateway meanwhile."""

    def __init__(self, gateway: str, token_of: Callable[[CampusId], str]) -> None:
        host, _, port = gateway.removeprefix("http://").partition(":")
        self._address = (host, int(port))
        self._token_of = token_of
        self.accepted = self.duplicates = self.rejected = self.retries = 0
        self.statuses: Counter[int] = Counter()
        """How often each status came; 0: nobody answered."""
        self.acknowledged: list[bytes] = []
        """Every event of an acknowledged batch, in order of acknowledgement."""

    async def post(self, emissions: Iterable[Emission]) -> None:
        """Send everything: the events of one campus in order, several campuses at once."""
        by_campus: dict[CampusId, list[bytes]] = defaultdict(list)
        for emission in emissions:
            by_campus[emission.campus_id].append(emission.raw)
        gate = asyncio.Semaphore(IN_FLIGHT)
        async with asyncio.TaskGroup() as group:
            for campus_id, events in by_campus.items():
                group.create_task(self._post_campus(gate, campus_id, events))

    async def _post_campus(self, gate: asyncio.Semaphore, campus_id: CampusId, events: list[bytes]) -> None:
        for start in range(0, len(events), BATCH):
            async with gate:
                await self._post_batch(self._token_of(campus_id), events[start : start + BATCH])

    async def _post_batch(self, token: str, events: list[bytes]) -> None:
        body = b"[" + b",".join(events) + b"]"
        while True:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                status, answer = await self._attempt(token, body)
            self.statuses[status] += 1
            if status == 202:
                break
            assert status in (0, 429, 503), answer
            self.retries += 1
            await asyncio.sleep(0.1)
        receipt = json.loads(answer)
        self.accepted += receipt["accepted"]
        self.duplicates += receipt["duplicates"]
        self.rejected += receipt["rejected"]
        self.acknowledged += events

    async def _attempt(self, token: str, body: bytes) -> tuple[int, bytes]:
        """One try on a connection of its own; status 0 when nobody answered."""
        try:
            connection = await Connection.open(*self._address)
        except OSError:
            return 0, b""
        try:
            return await connection.post(connection.head("/v1/events", token, BATCH_TYPE), body)
        except BrokenAnswerError:
            return 0, b""
        finally:
            await connection.close()
