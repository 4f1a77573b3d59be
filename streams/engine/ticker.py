"""Writes ticks into the log: time passing as a record, so that absence is judged in the same order at every replay.

A partition gets a tick only when one of its documents is due, the tick before has come back, and the records that were
in the log a moment ago are folded: a worker that is behind would ask for verdicts that the backlog may already answer.
"""

from schemas.clock import Clock
from streams.engine.announcer import Announcer
from streams.engine.backlog import Backlog
from streams.engine.keeper import Keeper


class Ticker:
    """Ticks for the partitions of the first stage."""

    def __init__(self, keeper: Keeper, announcer: Announcer, backlog: Backlog, clock: Clock) -> None:
        self._keeper, self._announcer, self._backlog, self._clock = keeper, announcer, backlog, clock
        self._sent: dict[int, int] = {}

    async def tick(self) -> None:
        """Send what is due now.

        Raises:
            BrokenError: Kafka does not take it.
        """
        now_ms = self._clock.now_ms()
        for number, kept in list(self._keeper.partitions.items()):
            is_awaited = self._sent.get(number, -1) >= kept.next_offset
            is_current = self._backlog.is_current(self._keeper.stage.name, number, kept.next_offset)
            if is_current and not is_awaited and kept.ledger.earliest_due_ms() <= now_ms:
                self._sent[number] = await self._announcer.tick(number, now_ms)
