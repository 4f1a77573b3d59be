"""Senders that never lose their nerve: each sends batches, sends again what was not acknowledged, and keeps count."""

import asyncio
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from tests.ingest.ingest_samples import CAMPUS, OTHER_CAMPUS, encode, event
from tests.ingest.running_gateway import BATCH, TOKEN

BATCH_SIZE = 20
PAUSE_S = 0.02


@dataclass
class Senders:
    """Load on one gateway address until told to stop."""

    port: int
    acknowledged: set[str] = field(default_factory=set)
    """Ids that a 202 spoke of."""
    statuses: list[int] = field(default_factory=list)
    """Of every answer, 0 for a connection that broke."""
    retry_afters: set[str] = field(default_factory=set)
    retries: int = 0
    is_stopped: bool = False

    async def run(self, senders: int, director: Callable[["Senders"], None]) -> None:
        """Send from ``senders`` connections while ``director``, in a thread, does its worst; then stop."""
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            for number in range(senders):
                group.create_task(self._send(session, number))
            try:
                await asyncio.to_thread(director, self)
            finally:
                self.is_stopped = True

    async def _send(self, session: aiohttp.ClientSession, sender: int) -> None:
        numbers = itertools.count()
        draw = random.Random(sender)
        while not self.is_stopped:
            batch = [self._event(sender, next(numbers), draw) for _ in range(BATCH_SIZE)]
            ids = [str(sent["id"]) for sent in batch]
            while not self.is_stopped and not await self._is_acknowledged(session, encode(batch), ids):
                self.retries += 1

    def _event(self, sender: int, number: int, draw: random.Random) -> dict[str, object]:
        campus = draw.choice([CAMPUS, OTHER_CAMPUS])
        source = f"urn:campanile:edge:{campus}:{sender}"
        return event(id=f"{sender}-{number}", source=source, campusid=campus, sequence=str(number + 1))

    async def _is_acknowledged(self, session: aiohttp.ClientSession, body: bytes, ids: list[str]) -> bool:
        headers = {"content-type": BATCH, "authorization": f"Bearer {TOKEN.text}"}
        try:
            async with session.post(f"http://127.0.0.1:{self.port}/v1/events", data=body, headers=headers) as response:
                await response.read()
        except (aiohttp.ClientError, TimeoutError):
            self.statuses.append(0)
            await asyncio.sleep(PAUSE_S)
            return False
        self.statuses.append(response.status)
        if response.status != 202:
            self.retry_afters.add(response.headers.get("retry-after", ""))
            await asyncio.sleep(PAUSE_S)
            return False
        self.acknowledged.update(ids)
        return True
