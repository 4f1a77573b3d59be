"""Reads, every few minutes, the last seconds of ``campus.state``, and has the newest documents in them kept.

A state topic is as busy as the log, so it is not read whole. What changes often is in every sample; what changes seldom
is in few, but then there are few events to fold on from its last snapshot: by chance alone a document is kept about
once in (pause / window) of its writes, however often it is written. Pauses vary, so that nothing which happens at fixed
times is always missed.

A snapshot is a help, never a need: when Kafka or the store is away a round is left out.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from random import Random
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.clock import Clock
from schemas.errors import UnreachableError
from schemas.ids import SystemName
from schemas.metrics import ARCHIVE_SNAPSHOTS, Meter
from schemas.topics import STATE
from streams.archive.settings import ArchiveSettings, StoreSettings
from streams.archive.store_client import connect, translated
from streams.core.system import System
from streams.snapshots.snapshot import Snapshot, StateRecord, newest_of, snapshots_of
from streams.snapshots.writing import write_snapshots

log = structlog.get_logger(__name__)
_SPREAD: Final = 0.5
"""A pause is this share shorter or longer than set."""
_POLL_MS: Final = 200
_ROWS_AT_ONCE: Final = 2000
_READ_WITHIN_S: Final = 60.0


class Snapshotter:
    """Keeps snapshots of the partitions that its process archives.

    Args:
        bootstrap: Kafka.
        prefix: put before topic names.
        settings: how often, and how much of the topic is read.
        store: where snapshots go.
        partitions: asked before each round.
        systems: whose documents are kept.
        clock: the log's own, the machine's.
        meter: told how many were kept.
    """

    def __init__(  # noqa: PLR0913 — made in one place, of parts that do not belong together anywhere else
        self,
        bootstrap: str,
        prefix: str,
        settings: ArchiveSettings,
        store: StoreSettings,
        *,
        partitions: Callable[[], Collection[int]],
        systems: Mapping[SystemName, System[Any]],
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._bootstrap, self._topic = bootstrap, prefix + STATE.name
        self._settings, self._store = settings, store
        self._partitions, self._systems = partitions, systems
        self._clock, self._meter = clock, meter
        self._dice = Random()  # noqa: S311 — spreads work over time, no secret

    async def run(self) -> None:
        """A round after each pause, until cancelled."""
        while True:
            await asyncio.sleep(self._settings.snapshot_every_s * self._dice.uniform(1 - _SPREAD, 1 + _SPREAD))
            try:
                await self.take()
            except (KafkaError, UnreachableError, TimeoutError) as error:
                log.warning("snapshots_left_out", reason=type(error).__name__)

    async def take(self) -> int:
        """One round; returns how many documents were kept.

        Raises:
            KafkaError, TimeoutError: the topic cannot be read.
            StoreAwayError: the store does not answer.
        """
        places = [TopicPartition(self._topic, number) for number in sorted(self._partitions())]
        if not places:
            return 0
        async with AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, isolation_level="read_committed"
        ) as consumer:
            consumer.assign(places)
            read = await asyncio.wait_for(self._read(consumer, places), _READ_WITHIN_S)
        rows = [
            row for partition, newest in read.items() for row in snapshots_of(partition, newest.values(), self._systems)
        ]
        await asyncio.to_thread(self._write, rows)
        self._meter.count(ARCHIVE_SNAPSHOTS, len(rows))
        return len(rows)

    async def _read(
        self, consumer: AIOKafkaConsumer, places: list[TopicPartition]
    ) -> dict[int, dict[bytes, StateRecord]]:
        """The newest record of every document in the last window of each partition."""
        since_ms = self._clock.now_ms() - int(self._settings.snapshot_window_s * 1000)
        ends = await consumer.end_offsets(places)
        begins = await consumer.offsets_for_times(dict.fromkeys(places, since_ms))
        waiting = {place for place in places if begins[place] is not None and begins[place].offset < ends[place]}
        consumer.pause(*[place for place in places if place not in waiting])
        for place in waiting:
            consumer.seek(place, begins[place].offset)
        found: dict[int, dict[bytes, StateRecord]] = {place.partition: {} for place in waiting}
        while waiting:
            for place, records in (await consumer.getmany(timeout_ms=_POLL_MS)).items():
                found[place.partition] |= newest_of(
                    StateRecord(record.key, record.value, record.timestamp) for record in records
                )
            for place in list(waiting):
                if await consumer.position(place) >= ends[place]:
                    waiting.discard(place)
                    consumer.pause(place)
        return found

    def _write(self, rows: list[Snapshot]) -> None:
        client = connect(self._store, as_bytes=True)
        try:
            with translated(self._store):
                for start in range(0, len(rows), _ROWS_AT_ONCE):
                    write_snapshots(client, rows[start : start + _ROWS_AT_ONCE])
        finally:
            client.disconnect()
