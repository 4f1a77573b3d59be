"""Reads events from the log for people: from an instant, or from now on; with an end, or until interrupted."""

from collections.abc import Iterator
from typing import NamedTuple, Self

import msgspec
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from deploy.event_query import EventQuery
from deploy.kafka.probe import require_kafka
from schemas.clock import MINUTE_MS
from schemas.errors import DataFaultError, UnreachableError
from schemas.frame import LoggedEvent, decode_frame, is_frame, split_frame
from schemas.partitioning import partition_of
from schemas.topics import EVENTS

POLL_MS = 500
MARGIN_MS = MINUTE_MS
"""A record may be stamped earlier or later than its events were received: another clock, a window, a wait."""


class ReadEvent(NamedTuple):
    """An event, its own bytes, and where it stands."""

    event: LoggedEvent
    raw: bytes
    partition: int
    offset: int


class EventReader:
    """Reads ``campus.events``; a context manager."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        """Connect.

        Raises:
            UnreachableError: Kafka does not answer.
        """
        self._topic = prefix + EVENTS.name
        require_kafka(bootstrap)
        try:
            self._consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        except KafkaError as error:
            raise UnreachableError(
                f"Kafka 无应答 / Kafka at {bootstrap} does not answer", cause=str(error), remedy="campanile doctor"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def read(self, query: EventQuery, *, from_wall_ms: int | None, follow: bool) -> Iterator[ReadEvent]:
        """The wanted events, each partition in its order.

        Args:
            query: what is wanted.
            from_wall_ms: the machine's time from which records may hold wanted events (0: all of them); None: only
                records that come from now on.
            follow: never end; else end where the log ends now.

        Raises:
            DataFaultError: the topic does not exist, or a record is no frame.
        """
        places = self._places(query)
        self._consumer.assign(places)
        ends: dict[TopicPartition, int] = self._consumer.end_offsets(places)
        begins = ends if from_wall_ms is None else self._offsets_at(from_wall_ms - MARGIN_MS, ends)
        for place in places:
            self._consumer.seek(place, begins[place])
        while follow or any(self._consumer.position(place) < end for place, end in ends.items()):
            for place, records in self._consumer.poll(timeout_ms=POLL_MS).items():
                for record in records:
                    if follow or record.offset < ends[place]:
                        yield from _events_of(record.value, place.partition, record.offset, query)

    def _offsets_at(self, wall_ms: int, ends: dict[TopicPartition, int]) -> dict[TopicPartition, int]:
        """The first record of each partition at or after an instant; the end where there is none."""
        found = self._consumer.offsets_for_times(dict.fromkeys(ends, max(0, wall_ms)))
        return {place: found[place].offset if found[place] else end for place, end in ends.items()}

    def _places(self, query: EventQuery) -> list[TopicPartition]:
        partitions = sorted(self._consumer.partitions_for_topic(self._topic) or ())
        if not partitions:
            raise DataFaultError(
                f"主题 {self._topic} 不存在 / there is no topic {self._topic}", remedy="campanile topics apply"
            )
        if query.campus_id is not None:
            partitions = [partition_of(query.campus_id, len(partitions))]
        return [TopicPartition(self._topic, partition) for partition in partitions]


def _events_of(value: bytes, partition: int, offset: int, query: EventQuery) -> Iterator[ReadEvent]:
    if not is_frame(value):
        return
    try:
        pairs = list(zip(decode_frame(value), split_frame(value), strict=True))
    except msgspec.MsgspecError as error:
        raise DataFaultError(
            f"{EVENTS.name}/{partition}/{offset} 不是帧 / is no frame",
            cause=str(error),
            remedy="a foreign producer writes to the log; deny it",
        ) from error
    for event, raw in pairs:
        if query.wants(event):
            yield ReadEvent(event, bytes(raw), partition, offset)
