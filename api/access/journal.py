"""Where the record of access is written: a small seam, and the log behind it.

``write`` returns once the log has acknowledged every entry; a caller that answers content calls it first, so nothing is
shown unrecorded. An entry whose acknowledgement was lost may stand in the log although the content was never shown:
the record errs on that side.
"""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, Protocol

from aiokafka import AIOKafkaProducer

from api.access.entries import Entry, encode_entry
from api.log_producer import LogProducer
from schemas.errors import UnreachableError
from schemas.frame import join_frame, stamp_all
from schemas.partitioning import partition_of
from schemas.topics import EVENTS

ACKNOWLEDGED_WITHIN_S: Final = 5.0


class Journal(Protocol):
    """Takes entries of the record."""

    async def write(self, entries: Sequence[Entry], at_ms: int) -> None:
        """Keep the entries, as of ``at_ms``.

        Raises:
            UnreachableError: it is not certain that every one of them is kept.
        """
        ...


class NoJournal:
    """Nothing can be recorded here, so nothing that must be recorded can be shown."""

    async def write(self, entries: Sequence[Entry], at_ms: int) -> None:  # noqa: ARG002 — the seam's signature
        """Refuse."""
        raise unrecorded("没有接上日志 / no log is connected")


class LogJournal:
    """Appends entries to ``campus.events``, one frame for each partition; :meth:`run` keeps it connected."""

    def __init__(self, bootstrap: str, *, prefix: str, partitions: int) -> None:
        self._topic = prefix + EVENTS.name
        self._partitions = partitions
        self._log = LogProducer(
            bootstrap,
            name="journal",
            client_id="campanile-api",
            acknowledged_within_s=ACKNOWLEDGED_WITHIN_S,
            refused=unrecorded,
        )

    @property
    def is_connected(self) -> bool:
        """Whether entries can be written."""
        return self._log.is_connected

    async def write(self, entries: Sequence[Entry], at_ms: int) -> None:
        """Append and wait for the log's acknowledgement.

        Raises:
            UnreachableError: Kafka is away, or did not acknowledge in time.
        """
        portions: dict[int, list[bytes]] = defaultdict(list)
        for entry in entries:
            raw = encode_entry(entry, uuid.uuid4().hex, at_ms)
            portions[partition_of(entry.campus_id, self._partitions)].append(raw)
        async with self._log.appending() as producer:
            await asyncio.gather(*(self._append(producer, *portion, at_ms) for portion in portions.items()))

    async def _append(self, producer: AIOKafkaProducer, partition: int, raws: list[bytes], at_ms: int) -> None:
        frame = join_frame(stamp_all(raws, [at_ms] * len(raws), at_ms))
        await producer.send_and_wait(self._topic, frame, partition=partition)

    async def run(self) -> None:
        """Be connected until cancelled."""
        await self._log.run()


def unrecorded(cause: str) -> UnreachableError:
    """Why content is not shown although it might be."""
    return UnreachableError(
        "查看记录未能写入，内容未显示 / the look could not be recorded, so nothing is shown",
        cause=cause,
        remedy="稍后重试；campanile doctor / try again; campanile doctor",
    )
