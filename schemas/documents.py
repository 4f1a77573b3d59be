"""State documents: wire format of ``campus.state`` and ``consortium.state``.

A record's value is ``{"due_ms":…,"position":…,"status":{…},"keeper":{…}}`` with the members in this order:

* ``due_ms`` — 13 digits: the instant from which a tick must judge the document again, :data:`NEVER_MS` if none;
* ``position`` — offset of the last log record that the document holds;
* ``status`` — what people may see; readers pass these bytes on without decoding them;
* ``keeper`` — the keeper's own bookkeeping (de-duplication); no reader outside ``streams`` looks at it.

The record's key is ``<entity id>/<system>``; the key :data:`PROGRESS_KEY` holds a partition's row of progress.
"""

from typing import Final

import msgspec

NEVER_MS: Final = 9_999_999_999_999
PROGRESS_KEY: Final = b"@next"
_DUE_FROM: Final = len(b'{"due_ms":')


class AlertLine(msgspec.Struct, frozen=True):
    """An open alert as a document shows it."""

    alert_id: str
    rule: str
    rule_version: int
    severity: int
    subject: str
    since_ms: int
    raised_ms: int


class CampusStatus(msgspec.Struct):
    """What is known of one system of one campus. All instants in epoch ms; counts since the document began."""

    campus_id: str
    system: str
    position: int
    clock_ms: int
    """The newest instant known: event times (never later than their receipt) and ticks."""
    watermark_ms: int
    """Before it, nothing more is expected; what still comes is counted as late."""
    heard_ms: int
    """When the gateway last received anything: its age is the freshness."""
    severity: int
    """0 no alert, else the worst open one: 1 red … 4 blue."""
    counts: dict[str, int]
    """The system's own key figures."""
    devices_heard: int
    devices_silent: int
    events: int
    late: int
    duplicates: int
    alerts: list[AlertLine]
    state: msgspec.Raw
    """The system's own state, as its plug-in declares it."""


class MemberSummary(msgspec.Struct, frozen=True):
    """One line of ``consortium.input`` and of a rollup: a campus's system, absolute, newest position wins."""

    consortium_id: str
    campus_id: str
    system: str
    position: int
    clock_ms: int
    watermark_ms: int
    heard_ms: int
    severity: int
    counts: dict[str, int]
    devices_heard: int
    devices_silent: int
    alerts: tuple[int, int, int, int]
    """Open alerts of severity 1, 2, 3 and 4."""
    member: bool = True
    """False: the campus has left the consortium; its line is to be dropped."""


class ConsortiumStatus(msgspec.Struct):
    """What is known of one system over a consortium's members."""

    consortium_id: str
    system: str
    position: int
    clock_ms: int
    watermark_ms: int
    """The oldest of the members': everything before it is known of every campus."""
    heard_ms: int
    severity: int
    counts: dict[str, int]
    """Sums over the members."""
    devices_heard: int
    devices_silent: int
    alerts: tuple[int, int, int, int]
    campuses: dict[str, MemberSummary]


class StoredDocument(msgspec.Struct):
    """A record's value, with the parts that a reader does not need left undecoded."""

    due_ms: int
    position: int
    status: msgspec.Raw
    keeper: msgspec.Raw = msgspec.Raw(b"{}")


class Progress(msgspec.Struct):
    """A partition's row of progress."""

    next_offset: int
    """Low-water mark: every record below it is held by every document of the partition on the topic."""


_STORED: Final = msgspec.json.Decoder(StoredDocument)
_CAMPUS: Final = msgspec.json.Decoder(CampusStatus)
_CONSORTIUM: Final = msgspec.json.Decoder(ConsortiumStatus)
_SUMMARIES: Final = msgspec.json.Decoder(list[MemberSummary])
_PROGRESS: Final = msgspec.json.Decoder(Progress)

decode_stored = _STORED.decode
decode_campus_status = _CAMPUS.decode
decode_consortium_status = _CONSORTIUM.decode
decode_summaries = _SUMMARIES.decode
decode_progress = _PROGRESS.decode


def due_of(value: bytes) -> int:
    """``due_ms`` of a stored document without decoding the rest."""
    return int(value[_DUE_FROM : _DUE_FROM + 13])


def document_key(entity_id: str, system: str) -> str:
    """The key of a document."""
    return f"{entity_id}/{system}"


def split_key(key: str) -> tuple[str, str]:
    """Entity id and system of a document's key."""
    entity_id, _, system = key.partition("/")
    return entity_id, system
