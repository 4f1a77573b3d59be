"""One partition of one stage in this process: its ledger, its writer, and when it is flushed.

Order of a flush, each step only after the one before was acknowledged:

1. harvest: the changed documents become bytes; folding may go on from here;
2. the lines for the next stage are sent;
3. documents, row of progress, alerts and letters are committed in one transaction.

A crash after 1 loses nothing: the row of progress still stands before what was harvested, so it is folded again. A
crash after 2 sends the same lines again, or lines of a later position: they are absolute, and folding is
deterministic, so what was said too early comes true. A crash after 3 repeats nothing: each document knows its position.
"""

import asyncio
from math import inf

from schemas.metrics import (
    STREAM_ALERTS,
    STREAM_DOCUMENTS,
    STREAM_EVENTS,
    STREAM_FLUSH_SECONDS,
    STREAM_FRAMES,
    STREAM_REFUSED,
    STREAM_RULES_FAILED,
    Meter,
)
from streams.core.harvest import Harvest, Ledger
from streams.core.system import Effect
from streams.engine.announcer import Announcer
from streams.engine.failure import Failure
from streams.engine.pacing import Pacing
from streams.engine.transaction import PartitionWriter


class KeptPartition:
    """Folds records in order and writes behind. An error of a flush is reported to ``failure`` and ends the process."""

    def __init__(  # noqa: PLR0913 — it is the meeting point of these parts, made in one place by the keeper
        self,
        stage: str,
        number: int,
        *,
        ledger: Ledger,
        writer: PartitionWriter,
        announcer: Announcer,
        pacing: Pacing,
        meter: Meter,
        failure: Failure,
    ) -> None:
        self.stage, self.number, self.ledger = stage, number, ledger
        self._writer, self._announcer, self._pacing = writer, announcer, pacing
        self._meter, self._failure = meter, failure
        self._flushing = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_s = inf
        self._task: asyncio.Task[None] | None = None
        self._fates = {"folded": 0, "skipped": 0, "healed": 0}
        self._written = 0

    async def start(self) -> None:
        """Fence every earlier owner.

        Raises:
            BrokenError: Kafka does not answer.
        """
        await self._writer.start()

    @property
    def next_offset(self) -> int:
        """Offset of the first record that is not folded yet."""
        return self.ledger.next_offset

    def begin_at(self, offset: int) -> None:
        """Start at what the row of progress, or the log's beginning, says."""
        self.ledger.next_offset = self._written = offset

    def fold(self, offset: int, value: bytes | None, fate: str = "folded") -> None:
        """Fold the next record."""
        self.ledger.fold(offset, value)
        self._fates[fate] += 1
        self._arm()

    def skip(self) -> None:
        """Count a record that was folded before."""
        self._fates["skipped"] += 1

    def reconsider(self) -> None:
        """Memberships have changed."""
        self.ledger.reconsider()
        self._arm()

    async def flush(self, *, whole: bool) -> None:
        """Write what has changed; ``whole``: also what only says "still alive".

        Raises:
            StreamError: it could not be written; the process must end.
        """
        async with self._flushing:
            if self._urgency() is Effect.NOTHING or self._failure.error is not None:
                return
            loop = asyncio.get_running_loop()
            began_s = loop.time()
            whole = whole or self._pacing.is_whole(began_s)
            harvest = self.ledger.harvest(everything=whole)
            if harvest.lines:
                await self._announcer.announce(harvest.lines)
            await self._writer.commit(harvest)
            self._written = harvest.low_water
            self._pacing.flushed(began_s, loop.time(), whole=whole)
            self._record(harvest)
        self._arm()

    async def close(self) -> None:
        """Stop writing and give the connection back; what is not flushed will be folded again by the next owner."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await asyncio.wait([self._task])
        await self._writer.close()

    def _urgency(self) -> Effect:
        """That of the ledger; a position that moved over records without effect is worth noting too, but has time."""
        urgency = self.ledger.urgency()
        if urgency is Effect.NOTHING and self.ledger.next_offset != self._written:
            return Effect.ALIVE
        return urgency

    def _arm(self) -> None:
        """Set the timer to the next flush, unless one is under way (it arms at its end)."""
        if self._flushing.locked():
            return
        due_s = self._pacing.due_s(self._urgency())
        if due_s < self._timer_s:
            if self._timer is not None:
                self._timer.cancel()
            self._timer_s = due_s
            self._timer = asyncio.get_running_loop().call_at(due_s, self._fire)

    def _fire(self) -> None:
        self._timer, self._timer_s = None, inf
        self._task = asyncio.create_task(self._flush_or_report(), name=f"flush {self.stage}/{self.number}")

    async def _flush_or_report(self) -> None:
        try:
            await self.flush(whole=False)
        except Exception as error:  # noqa: BLE001 — whatever went wrong, what was harvested is unwritten: the process ends
            self._failure.report(error)

    def _record(self, harvest: Harvest) -> None:
        meter, stage = self._meter, self.stage
        meter.observe(STREAM_FLUSH_SECONDS, self._pacing.duration_s(), stage)
        meter.count(STREAM_DOCUMENTS, len(harvest.documents), stage)
        for system, number in harvest.events.items():
            meter.count(STREAM_EVENTS, number, system)
        for alert in harvest.alerts:
            meter.count(STREAM_ALERTS, 1, alert.system, alert.state)
        for letter in harvest.letters:
            meter.count(STREAM_REFUSED, 1, stage, letter.reason)
        for rule, number in harvest.failed_rules.items():
            meter.count(STREAM_RULES_FAILED, number, rule)
        for fate, number in self._fates.items():
            meter.count(STREAM_FRAMES, number, stage, fate)
            self._fates[fate] = 0
