"""One thing that a stream can tell: a document or an alert transition, with the place in the log that it came from."""

from typing import Literal

import msgspec

from api.authority.suppression import told_counts
from api.authority.verdict import Form
from schemas.documents import AlertLine

EntityKind = Literal["campus", "consortium"]
EventName = Literal["campus", "consortium", "aggregate", "alert", "gone"]


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


class CountsHead(msgspec.Struct, frozen=True):
    """What may be told of a document where only counts may be."""

    counts: dict[str, int]
    watermark_ms: int


_COUNTS = msgspec.json.Decoder(CountsHead)
_HEAD = msgspec.json.Decoder(StatusHead)


class Change:
    """Immutable. ``data`` is JSON on one line, shared by every reader."""

    __slots__ = (
        "_aggregate",
        "_head",
        "data",
        "entity_id",
        "entity_kind",
        "event",
        "offset",
        "severity",
        "slot",
        "system",
    )

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
        severity: int = 0,
    ) -> None:
        self.event = event
        self.entity_kind = entity_kind
        self.entity_id = entity_id
        self.system = system
        self.data = data
        self.slot = slot
        self.offset = offset
        self.severity = severity
        self._head: StatusHead | None = None
        self._aggregate: bytes | None = None

    @property
    def counted(self) -> CountsHead:
        """The counts of a document, of a campus or of a consortium."""
        return _COUNTS.decode(self.data)

    @property
    def head(self) -> StatusHead:
        """The overview's part of a campus document, decoded on first use."""
        if self._head is None:
            self._head = _HEAD.decode(self.data)
        return self._head

    def told_as(self, form: Form) -> tuple[EventName, bytes]:
        """Event name and data in a form; the aggregate of a document is made once, and only where it is asked for."""
        if form == "full" or self.event not in ("campus", "consortium"):
            return self.event, self.data
        if self._aggregate is None:
            found = self.counted
            self._aggregate = msgspec.json.encode(
                {
                    f"{self.entity_kind}_id": self.entity_id,
                    "system": self.system,
                    "counts": told_counts(found.counts),
                    "watermark_ms": found.watermark_ms,
                }
            )
        return "aggregate", self._aggregate
