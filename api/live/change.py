"""One thing that a stream can tell: a document or an alert transition, with the place in the log that it came from."""

from typing import Literal

import msgspec

from schemas.documents import AlertLine

EntityKind = Literal["campus", "consortium"]
EventName = Literal["campus", "consortium", "alert", "gone"]


class StatusHead(msgspec.Struct, frozen=True):
    """What an overview needs of a campus status; the system's own state stays undecoded."""

    position: int
    clock_ms: int
    watermark_ms: int
    heard_ms: int
    severity: int
    counts: dict[str, int]
    devices_heard: int
    devices_silent: int
    events: int
    late: int
    duplicates: int
    alerts: list[AlertLine]


_HEAD = msgspec.json.Decoder(StatusHead)


class Change:
    """Immutable. ``data`` is JSON on one line, shared by every reader."""

    __slots__ = ("_head", "data", "entity_id", "entity_kind", "event", "offset", "slot", "system")

    def __init__(  # noqa: PLR0913 — made in one place per topic, once per record
        self,
        event: EventName,
        entity_kind: EntityKind,
        entity_id: str,
        system: str,
        data: bytes,
        *,
        slot: int,
        offset: int,
    ) -> None:
        self.event = event
        self.entity_kind = entity_kind
        self.entity_id = entity_id
        self.system = system
        self.data = data
        self.slot = slot
        self.offset = offset
        self._head: StatusHead | None = None

    @property
    def head(self) -> StatusHead:
        """The overview's part of a campus document, decoded on first use."""
        if self._head is None:
            self._head = _HEAD.decode(self.data)
        return self._head
