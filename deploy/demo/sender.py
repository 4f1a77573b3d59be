"""Sends the county's events when they are due on the product's clock, campus by campus, like edge boxes do.

Every second each campus that has something to say posts one batch. What the generator gives is sent, all of it and in
order; when the gateway is slow the generator waits, so memory stays bounded and nothing is skipped.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from deploy.demo.delivery import Delivery, Receipt
from deploy.demo.outbox import Outboxes
from deploy.demo.source import Emission
from schemas.clock import Clock
from schemas.ids import CampusId

log = structlog.get_logger(__name__)
TICK_S: Final = 1.0
MOST_IN_BATCH: Final = 500
MOST_WAITING: Final = 20_000
IN_FLIGHT: Final = 16
"""Requests under way at once."""
_BREATH: Final = 200
"""Events after which the generator lets the requests go on."""


@dataclass
class Progress:
    """What has been done so far."""

    sent: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    reached_ms: int = 0
    """Product time up to which everything was handed over to be sent."""

    def add(self, receipt: Receipt, events: int) -> None:
        """Count an acknowledged batch."""
        self.sent += events
        self.accepted += receipt.accepted
        self.duplicates += receipt.duplicates
        self.rejected += receipt.rejected


class Sender:
    """One run over a stream of emissions."""

    def __init__(self, delivery: Delivery, token_of: Callable[[CampusId], str], clock: Clock) -> None:
        self.progress = Progress()
        self._delivery = delivery
        self._token_of = token_of
        self._clock = clock
        self._outboxes = Outboxes()
        self._filled = asyncio.Condition()
        self._is_over = False

    @property
    def waiting(self) -> int:
        """Events that are due and not yet acknowledged."""
        return self._outboxes.waiting

    async def run(self, emissions: Iterator[Emission]) -> None:
        """Send everything; return when the last event is acknowledged.

        Raises:
            RefusedError: the gateway refuses the county for good.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(IN_FLIGHT):
                    group.create_task(self._post_batches())
                await self._fill(emissions)
        except ExceptionGroup as failures:  # all of them for the same reason; one says it
            raise failures.exceptions[0] from None

    async def _fill(self, emissions: Iterator[Emission]) -> None:
        for number, emission in enumerate(emissions, start=1):
            while emission.due_ms > self._clock.now_ms():
                await self._announce()
                await asyncio.sleep(TICK_S)
            self._outboxes.put(emission.campus_id, emission.raw)
            self.progress.reached_ms = emission.due_ms
            if number % _BREATH == 0:
                await self._announce()
                await self._wait_for_room()
        self._is_over = True
        await self._announce()

    async def _announce(self) -> None:
        async with self._filled:
            self._filled.notify_all()

    async def _wait_for_room(self) -> None:
        async with self._filled:
            await self._filled.wait_for(lambda: self._outboxes.waiting < MOST_WAITING)
        await asyncio.sleep(0)

    async def _post_batches(self) -> None:
        while (batch := await self._next_batch()) is not None:
            campus_id, events = batch
            receipt = await self._delivery.deliver(self._token_of(campus_id), events)
            if receipt.rejected:
                log.error("events_rejected", campus_id=campus_id, rejected=receipt.rejected, first=receipt.errors[:3])
            self.progress.add(receipt, len(events))
            self._outboxes.done(campus_id, len(events))
            await self._announce()

    async def _next_batch(self) -> tuple[CampusId, list[bytes]] | None:
        """The next batch, or None when everything was acknowledged."""
        async with self._filled:
            while True:
                batch = self._outboxes.take(MOST_IN_BATCH)
                if batch is not None or (self._is_over and not self._outboxes.waiting):
                    return batch
                await self._filled.wait()
