"""Senders that never lose their nerve: each sends batches, sends again what was not acknowledged, and keeps count."""

import asyncio
import itertools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

import aiohttp

from tests.ingest.ingest_samples import CAMPUS, OTHER_CAMPUS, encode, event
from tests.ingest.running_gateway import BATCH, TOKEN, until

BATCH_SIZE = 20
PAUSE_S = 0.02
SENDERS = 6


@dataclass
class Senders:
    """Load on one gateway address, from a thread of its own, so that the test may do its worst meanwhile."""

    port: int
    acknowledged: set[str] = field(default_factory=set)
    """Ids that a 202 spoke of."""
    statuses: list[int] = field(default_factory=list)
    """Of every answer, 0 for a connection that broke."""
    retry_afters: set[str] = field(default_factory=set)
    is_stopped: bool = False

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Send for as long as the block lasts."""
        thread = Thread(target=asyncio.run, args=(self._run(),), name="senders")
        thread.start()
        try:
            yield
        finally:
            self.is_stopped = True
            thread.join()

    def acknowledge(self, more: int) -> None:
        """Wait until so many more events were acknowledged."""
        goal = len(self.acknowledged) + more
        until(lambda: len(self.acknowledged) >= goal, 60)

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            for number in range(SENDERS):
                group.create_task(self._send(session, number))

    async def _send(self, session: aiohttp.ClientSession, sender: int) -> None:
        draw = random.Random(sender)
        for first in itertools.count(0, BATCH_SIZE):
            batch = [self._event(sender, first + number, draw) for number in range(BATCH_SIZE)]
            body, ids = encode(batch), [str(sent["id"]) for sent in batch]
            while not await self._is_acknowledged(session, body, ids):
                if self.is_stopped:
                    return
            if self.is_stopped:
                return

    def _event(self, sender: int, number: int, draw: random.Random) -> dict[str, object]:
        campus = draw.choice([CAMPUS, OTHER_CAMPUS])
        source = f"urn:campanile:edge:{campus}:{sender}"
        return event(id=f"{self.port}-{sender}-{number}", source=source, campusid=campus, sequence=str(number + 1))

    async def _is_acknowledged(self, session: aiohttp.ClientSession, body: bytes, ids: list[str]) -> bool:
        """Send once; after anything but 202 pause, as a sender does that wants to be answered."""
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
