"""A morning in the archive to be replayed, and a client of its replays."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from schemas.frame import join_frame, stamp
from schemas.metrics import NullMeter
from schemas.partitioning import partition_of
from streams.archive.block import Block, LogRecord
from streams.archive.settings import StoreSettings
from streams.archive.store_client import session
from streams.archive.writing import ArchiveWriter
from tests.api.support.history import MORNING_MS, History
from tests.api.support.serving import PARTITIONS
from tests.api.support.sse import Event, EventReader
from tests.api.support.world import bearer

PATH = "/v1/replays"
END_MS = MORNING_MS + 3_600_000


@dataclass(frozen=True)
class Sent:
    """An event, and where the log has it."""

    raw: bytes
    campus_id: str
    occurred_ms: int
    received_ms: int
    partition: int
    offset: int
    index: int

    def entry(self, clock: str = "occurred") -> bytes:
        """What a replay shows of it, spelled here anew."""
        at_ms = self.occurred_ms if clock == "occurred" else self.received_ms
        head = f'{{"at_ms":{at_ms},"partition":{self.partition},"offset":{self.offset},"index":{self.index}'
        return head.encode() + b',"event":' + self.raw + b"}"

    def place(self, clock: str = "occurred") -> tuple[int, int, int, int]:
        at_ms = self.occurred_ms if clock == "occurred" else self.received_ms
        return at_ms, self.partition, self.offset, self.index


def digest_of(entries: Sequence[bytes]) -> str:
    """The digest as the documentation defines it."""
    digest = bytes(32)
    for entry in entries:
        digest = sha256(digest + entry).digest()
    return digest.hex()


@dataclass
class Morning:
    """Writes frames into the archive as the archive process would; each campus in its own partition."""

    store: StoreSettings
    sent: list[Sent] = field(default_factory=list)
    sequences: dict[str, int] = field(default_factory=dict)
    offsets: dict[int, int] = field(default_factory=dict)

    def event(
        self,
        campus_id: str,
        occurred_ms: int,
        *,
        received_ms: int | None = None,
        type_name: str = "canteen.temp.sampled.v1",
        data: Mapping[str, Any] | None = None,
        skip: int = 0,
        event_id: str | None = None,
    ) -> tuple[bytes, str, int, int]:
        """One stamped event; ``skip`` numbers of its source are left out before it."""
        source = f"urn:campanile:edge:{campus_id}:{type_name.partition('.')[0]}"
        number = self.sequences[source] = self.sequences.get(source, 0) + 1 + skip
        envelope = {
            "specversion": "1.0",
            "id": event_id or f"{number}",
            "source": source,
            "type": type_name,
            "subject": "device-1",
            "time": "2026-11-25T08:00:00+08:00",
            "campusid": campus_id,
            "sequence": str(number),
            "bootid": 7,
            "data": dict(data or {"zone": "freezer", "temp_c": -18.125, "note": "钟楼"}),
        }
        received = occurred_ms + 250 if received_ms is None else received_ms
        raw = json.dumps(envelope, ensure_ascii=number % 2 == 0).encode()
        return stamp(raw, occurred_ms, received), campus_id, occurred_ms, received

    def archive(self, events: Sequence[tuple[bytes, str, int, int]], per_frame: int = 7) -> None:
        """Store events, in frames of each partition, as one block a partition."""
        by_partition: dict[int, list[tuple[bytes, str, int, int]]] = {}
        for made in events:
            by_partition.setdefault(partition_of(made[1], PARTITIONS), []).append(made)
        for partition, own in by_partition.items():
            self._write(partition, [own[start : start + per_frame] for start in range(0, len(own), per_frame)])

    def _write(self, partition: int, frames: list[list[tuple[bytes, str, int, int]]]) -> None:
        first = self.offsets.get(partition, 0)
        for number, frame in enumerate(frames):
            self.sent += [Sent(*made, partition, first + number, index) for index, made in enumerate(frame)]
        records = tuple(
            LogRecord(first + number, MORNING_MS + number, join_frame([raw for raw, *_ in frame]))
            for number, frame in enumerate(frames)
        )
        self.offsets[partition] = first + len(records)
        with self.writer(partition) as writer:
            writer.write([Block("campus.events", partition, first, first + len(records) - 1, records)])

    def lose(self, campus_id: str, records: int) -> tuple[int, int]:
        """Let the log have dropped records before they could be archived; first and last offset of them."""
        partition = partition_of(campus_id, PARTITIONS)
        first = self.offsets.get(partition, 0)
        last = first + records - 1
        with self.writer(partition) as writer:
            writer.write_lost(Block("campus.events", partition, first, last, ()))
        self.offsets[partition] = last + 1
        return first, last

    def writer(self, partition: int) -> "_Closing":
        writer = ArchiveWriter(self.store, "test", NullMeter())
        writer.claim(partition)
        return _Closing(writer)

    def alert(self, campus_id: str, at_ms: int, *, state: str = "open", system: str = "canteen") -> None:
        """Put a transition of an alert into the store, as the archive copies one."""
        row = {
            "campus_id": campus_id,
            "system": system,
            "at": at_ms,
            "alert_id": f"a-{campus_id}-{at_ms}",
            "state": state,
            "partition": partition_of(campus_id, PARTITIONS),
            "offset": 0,
            "rule": "canteen.freezer_warm",
            "rule_version": 1,
            "severity": 2,
            "subject": "device-1",
            "since_at": at_ms,
            "raised_at": at_ms,
            "causes": ["1"],
            "detail": '{"temp_c":-3.5}',
            "recorded_at": at_ms + 1_000,
        }
        with session(self.store) as client:
            client.execute(f"INSERT INTO alerts ({', '.join(row)}) VALUES", [tuple(row.values())])

    def expected(self, campuses: Sequence[str], clock: str = "occurred") -> list[bytes]:
        """Every event of some campuses within the hour, in order."""
        own = [sent for sent in self.sent if sent.campus_id in campuses]
        own.sort(key=lambda sent: sent.place(clock))
        return [sent.entry(clock) for sent in own if MORNING_MS <= sent.place(clock)[0] < END_MS]


@dataclass
class _Closing:
    writer: ArchiveWriter

    def __enter__(self) -> ArchiveWriter:
        return self.writer

    def __exit__(self, *_error: object) -> None:
        self.writer.close()


@dataclass
class Replays:
    """The replays of an API."""

    history: History
    who: str = "bureau"

    async def make(self, scope: Sequence[str], **more: Any) -> Any:  # noqa: ANN401 — JSON
        """A replay of the hour."""
        body = {"scope": list(scope), "from_ms": MORNING_MS, "to_ms": END_MS, "purpose": "核查早晨", "speed": "max"}
        status, made = await self.send("POST", PATH, body | more)
        assert status == 201, made
        return made

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Status and JSON."""
        client = self.history.client
        async with client.http.request(method, client.base + path, json=body, headers=bearer(self.who)) as response:
            return response.status, await response.json(content_type=None)

    async def lines(self, replay: Mapping[str, Any], last_id: str | None = None) -> list[bytes]:
        """Every line of it as JSON lines."""
        headers = bearer(self.who) | {"Accept": "application/x-ndjson"}
        headers |= {"Last-Event-ID": last_id} if last_id else {}
        client = self.history.client
        async with client.http.get(client.base + replay["stream"], headers=headers) as response:
            body = await response.read()
            assert response.status == 200, body
            return body.splitlines()

    @asynccontextmanager
    async def events(
        self, replay: Mapping[str, Any], last_id: str | None = None
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """Server-sent events."""
        headers = bearer(self.who) | ({"Last-Event-ID": last_id} if last_id else {})
        client = self.history.client
        async with client.http.get(client.base + replay["stream"], headers=headers) as response:
            assert response.status == 200, await response.text()
            yield EventReader(response, last_id or "").events()


def entries_of(lines: Sequence[bytes]) -> list[bytes]:
    """The lines that are events."""
    return [line for line in lines if b',"event":' in line]


def named(lines: Sequence[bytes], name: str) -> list[Any]:
    """The contents of lines with one member of that name."""
    start = b'{"%b":' % name.encode()
    return [json.loads(line)[name] for line in lines if line.startswith(start)]
