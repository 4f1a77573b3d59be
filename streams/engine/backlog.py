"""How far each held partition is behind its log: asked once a second, for metrics, ticks and the watchdog."""

import time
from collections.abc import Sequence
from math import inf

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from schemas.metrics import STREAM_LAG, Meter
from streams.engine.errors import BrokenError
from streams.engine.keeper import Keeper
from streams.engine.reader import RangeReader
from streams.engine.stage import Wire

STALE_S = 5.0
"""An answer older than this says nothing about now."""
Held = tuple[str, int]
"""Stage and partition."""


class Backlog:
    """The log's ends as they were when last asked, and the time before.

    Under load some records are always on their way, so "caught up" means: all that was there the time before is folded.
    """

    def __init__(self, wire: Wire, keepers: Sequence[Keeper], meter: Meter) -> None:
        self._wire, self._keepers, self._meter = wire, keepers, meter
        self._reader = RangeReader(wire.bootstrap)
        self._ends: dict[Held, int] = {}
        self._ends_before: dict[Held, int] = {}
        self._asked_s = -inf

    async def ask(self) -> None:
        """Ask Kafka for the ends of all held partitions.

        Raises:
            BrokenError: Kafka does not answer.
        """
        places = {
            TopicPartition(self._wire.topic(keeper.stage.source), number): (keeper.stage.name, number)
            for keeper in self._keepers
            for number in keeper.partitions
        }
        try:
            ends = await self._reader.ends(list(places)) if places else {}
        except KafkaError as error:
            raise BrokenError("ends of the log", error) from error
        self._asked_s = time.monotonic()
        self._ends_before = self._ends
        self._ends = {places[place]: end for place, end in ends.items()}
        for (stage, number), lag in self.lags().items():
            self._meter.gauge(STREAM_LAG, lag, stage, str(number))

    def lags(self) -> dict[Held, int]:
        """Records that were in the log when it was asked and are not folded yet."""
        return {
            (keeper.stage.name, number): max(0, self._ends[keeper.stage.name, number] - kept.next_offset)
            for keeper in self._keepers
            for number, kept in keeper.partitions.items()
            if (keeper.stage.name, number) in self._ends
        }

    def is_current(self, stage: str, number: int, next_offset: int) -> bool:
        """Whether a held partition has folded everything that was in its log the time before."""
        end = self._ends_before.get((stage, number))
        return end is not None and next_offset >= end

    def is_clear(self) -> bool:
        """Whether that is so for all of them, as far as Kafka has answered lately."""
        return time.monotonic() - self._asked_s < STALE_S and all(
            self.is_current(keeper.stage.name, number, kept.next_offset)
            for keeper in self._keepers
            for number, kept in keeper.partitions.items()
        )

    async def close(self) -> None:
        """Give the connection back."""
        await self._reader.close()
