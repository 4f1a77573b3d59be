"""A store filled through the archive's own writer, and an API over it that records its readers in memory."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from api.access.entries import Entry
from schemas.frame import join_frame, stamp
from schemas.metrics import NullMeter
from streams.archive.block import Block, LogRecord
from streams.archive.settings import StoreSettings
from streams.archive.writing import ArchiveWriter
from streams.systems import systems
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import bearer

DAY_MS = 86_400_000
MORNING_MS = 1_795_564_800_000
"""2026-11-25T00:00:00Z, eight in the morning in China; a day before the world's now."""


@dataclass
class Book:
    """A journal that keeps what it is told."""

    entries: list[Entry] = field(default_factory=list)

    async def write(self, entries: Sequence[Entry], at_ms: int) -> None:  # noqa: ARG002 — the seam's signature
        self.entries += entries


@dataclass
class Past:
    """Events to be archived, as a gateway would have stamped them."""

    store: StoreSettings
    partitions: int = 2
    offsets: dict[int, int] = field(default_factory=dict)
    count: int = 0

    def event(
        self,
        campus_id: str,
        type_name: str,
        data: Mapping[str, Any],
        occurred_ms: int,
        *,
        subject: str = "device-1",
        received_ms: int | None = None,
        event_id: str | None = None,
    ) -> bytes:
        """One stamped event."""
        self.count += 1
        system = type_name.partition(".")[0]
        envelope = {
            "specversion": "1.0",
            "id": event_id or f"e-{self.count:06d}",
            "source": f"urn:campanile:edge:{campus_id}:{system}",
            "type": type_name,
            "subject": subject,
            "time": "2026-11-25T08:00:00+08:00",
            "campusid": campus_id,
            "sequence": str(self.count),
            "data": dict(data),
        }
        raw = json.dumps(envelope, ensure_ascii=False).encode()
        return stamp(raw, occurred_ms, received_ms if received_ms is not None else occurred_ms + 250)

    def temperature(self, campus_id: str, occurred_ms: int, temp_c: float = -18.0, **more: Any) -> bytes:  # noqa: ANN401 — arguments passed on
        """A reading of a freezer."""
        data = {"zone": "freezer", "temp_c": temp_c}
        return self.event(campus_id, "canteen.temp.sampled.v1", data, occurred_ms, **more)

    def archive(self, events: Sequence[bytes], *, partition: int = 0, recorded_ms: int = MORNING_MS) -> None:
        """Put events into the store, thirty a frame, as one block of a partition."""
        first = self.offsets.get(partition, 0)
        frames = [join_frame(list(events[start : start + 30])) for start in range(0, len(events), 30)]
        records = tuple(LogRecord(first + number, recorded_ms, frame) for number, frame in enumerate(frames))
        self.offsets[partition] = first + len(records)
        writer = ArchiveWriter(self.store, "test", NullMeter())
        try:
            writer.claim(partition)
            writer.write([Block("campus.events", partition, first, first + len(records) - 1, records)])
        finally:
            writer.close()


def spread(parameters: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Query parameters; a list gives the same one several times."""
    return [(key, one) for key, value in parameters.items() for one in (value if isinstance(value, list) else [value])]


@dataclass
class History:
    """An API over the store, and what it wrote down about its readers."""

    client: Client
    book: Book

    async def get(self, path: str, who: str = "bureau", **parameters: Any) -> tuple[int, Any]:  # noqa: ANN401 — query parameters
        """Status and JSON of an answer."""
        url = self.client.base + path
        async with self.client.http.get(url, params=spread(parameters), headers=bearer(who)) as response:
            return response.status, await response.json(content_type=None)

    async def body(self, path: str, who: str = "bureau", accept: str = "*/*", **parameters: Any) -> bytes:  # noqa: ANN401 — query parameters
        """The bytes of a good answer."""
        headers = bearer(who) | {"Accept": accept}
        async with self.client.http.get(
            self.client.base + path, params=spread(parameters), headers=headers
        ) as response:
            body = await response.read()
            assert response.status == 200, body
            return body


@asynccontextmanager
async def history_api(store: StoreSettings) -> AsyncIterator[History]:
    """The API with every system of the product over a store."""
    rig, book = Rig(store=store), Book()
    context = replace(rig.context(), systems=systems(), journal=book)
    async with serving(context) as client:
        yield History(client, book)
    context.store.close()
