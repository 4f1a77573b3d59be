"""Faust as used here: one consumer group, one agent a stage, raw bytes, no tables, no web server.

What Faust is trusted with is to bring every record at least once while nothing goes wrong, and to share partitions
among workers. What it may get wrong (records skipped or repeated at a rebalance) the keeper puts right by position.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faust
from faust.types import TP

from schemas.topics import METADATA_MAX_AGE_MS
from streams.engine.failure import Failure
from streams.engine.keeper import Keeper
from streams.engine.stage import Wire
from streams.settings import StreamsSettings

BUFFER_FRAMES = 256
"""Records that may wait in memory for an agent; a rebalance throws them away and they are fetched again."""


class Delivery:
    """A Faust app whose agents hand records to keepers; the app itself is ``app``."""

    def __init__(self, wire: Wire, settings: StreamsSettings, data_dir: Path, failure: Failure) -> None:
        self._assigned_places: set[TP] | None = None
        self._wire, self._failure = wire, failure
        self._keepers: dict[str, Keeper] = {}
        self.app = _app(wire, settings, data_dir)
        self.app.on_partitions_revoked.connect(self._revoked)  # type: ignore[arg-type]  # its type allows no named argument
        self.app.on_partitions_assigned.connect(self._assigned)  # type: ignore[arg-type]  # its type allows no named argument

    def serve(self, keeper: Keeper) -> None:
        """Deliver the keeper's source topic to it; to be called before the app starts."""
        name = self._wire.topic(keeper.stage.source)
        self._keepers[name] = keeper
        topic = self.app.topic(
            name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw", allow_empty=True
        )
        failure = self._failure

        async def deliver(stream: Any) -> None:  # noqa: ANN401 — Faust's own stream type is generic over nothing useful
            async for event in stream.events():
                message = event.message
                try:
                    await keeper.receive(message.partition, message.offset, message.value)
                except Exception as error:  # noqa: BLE001 — an agent that raises or returns acknowledges: it must do neither
                    await failure.park(error)

        self.app.agent(topic, name=f"{self._wire.prefix}{keeper.stage.name}", concurrency=1)(deliver)

    def is_mine(self, topic: str, partition: int) -> bool:
        """Whether the group has given this process a partition."""
        return TP(topic, partition) in self.app.consumer.assignment()

    def is_open(self) -> bool:
        """Whether the group has shared out its partitions and those of this process (it may be none) are restored."""
        places = self._assigned_places
        return places is not None and all(
            partitions <= keeper.partitions.keys() for keeper, partitions in self._by_keeper(places)
        )

    async def _revoked(self, _app: faust.App, revoked: set[TP], **_kwargs: object) -> None:
        """Agents are idle now: write everything while the partitions are still ours."""
        try:
            for keeper, partitions in self._by_keeper(revoked):
                await keeper.flush(partitions)
        except Exception as error:  # noqa: BLE001 — Faust would only log it
            self._failure.report(error)

    async def _assigned(self, _app: faust.App, assigned: set[TP], **_kwargs: object) -> None:
        """Let go what is no longer ours and open the rest, in the background: the group must not wait for a restore."""
        self._assigned_places = assigned
        for keeper, partitions in self._by_keeper(assigned):
            await keeper.forget(keeper.partitions.keys() - partitions)
            self.app.add_future(self._open(keeper, sorted(partitions)))

    async def _open(self, keeper: Keeper, partitions: Sequence[int]) -> None:
        try:
            for partition in partitions:
                await keeper.open(partition)
        except Exception as error:  # noqa: BLE001 — reported: it ends the process
            self._failure.report(error)

    def _by_keeper(self, places: set[TP]) -> list[tuple[Keeper, set[int]]]:
        return [
            (keeper, {place.partition for place in places if place.topic == topic})
            for topic, keeper in self._keepers.items()
        ]


def _app(wire: Wire, settings: StreamsSettings, data_dir: Path) -> faust.App:
    return faust.App(
        f"{wire.prefix}streams",
        broker=f"kafka://{wire.bootstrap}",
        autodiscover=False,
        datadir=str(data_dir),
        store="memory://",
        topic_partitions=wire.partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        value_serializer="raw",
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=8 << 20,
        consumer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / 3,
        broker_rebalance_timeout=60.0,
        producer_acks=-1,
        producer_max_batch_size=1 << 20,
        stream_buffer_maxsize=BUFFER_FRAMES,
        stream_wait_empty=False,
        logging_config=None,
    )
