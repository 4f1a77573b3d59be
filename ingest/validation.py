"""Whether raw bytes are an event of the catalogue, and when it happened. Pure: the same bytes, the same verdict.

The fast path decodes with types derived from the pydantic models. What it does not accept is shown to pydantic, whose
verdict counts. On top of the models stand three rules of the gateway: ``time`` is RFC 3339, no object names a member
twice, and no text holds U+0000.
"""

import re
from typing import Any, Final, NamedTuple

import msgspec

from ingest.duplicate_keys import counts_members, has_duplicate_keys, is_plain
from ingest.event_types import EventTypes
from ingest.explain import judge
from ingest.rejections import Reason, Rejection, rejection
from schemas.envelope import event_adapter
from schemas.ids import EventTypeName

MAX_EVENT_BYTES: Final = 64 << 10
"""CloudEvents 1.0.2, "Size Limits": what every intermediary must forward; more is refused."""
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""An escaped U+0000; a raw one is no JSON."""


class _TimeOnly(msgspec.Struct):
    time: str


_DECODE_TIME: Final = msgspec.json.Decoder(_TimeOnly).decode


class ValidEvent(NamedTuple):
    """What admission needs of a valid event."""

    id: str
    source: str
    type: EventTypeName
    campus_id: str
    occurred_ms: int


class Validator:
    """Judges one event at a time."""

    def __init__(self, types: EventTypes) -> None:
        self._types = types
        self._decode = msgspec.json.Decoder(types.union).decode
        event_adapter()  # built now: the first refused event shall not wait for it

    def check(self, raw: bytes, campus_ids: frozenset[str]) -> ValidEvent | Rejection:
        """The event in ``raw`` or why there is none.

        ``campus_ids`` are campuses whose ids are known to be well formed; an event of another campus is judged at more
        cost, not otherwise.
        """
        types = self._types
        try:
            event: Any = self._decode(raw)
            occurred_ms = types.times.read(event.time)
        except (ValueError, RecursionError):  # msgspec's errors and UnicodeDecodeError are ValueErrors
            return self._check_slowly(raw)
        shape = types.shapes[type(event)]
        if (
            shape.asks_pydantic
            or event.campusid not in campus_ids
            or event.source not in types.sources
            or event.subject not in types.subjects
            or not types.matches_id(event.id)
            or (isinstance(event.sequence, str) and not types.matches_sequence(event.sequence))
        ):
            return self._check_slowly(raw)
        optional = shape.optional_members(event)
        members = shape.required_members + len(optional) - optional.count(msgspec.UNSET)
        is_certain = shape.is_flat and is_plain(raw) and counts_members(raw, members)
        refusal = None if is_certain else _refusal_of_text(raw, event.id)
        return refusal or ValidEvent(event.id, event.source, shape.type, event.campusid, occurred_ms)

    def _check_slowly(self, raw: bytes) -> ValidEvent | Rejection:
        verdict = judge(raw)
        if isinstance(verdict, Rejection):
            return verdict
        refusal = _refusal_of_text(raw, verdict.id)
        if refusal:
            return refusal
        try:
            occurred_ms = self._types.times.read(_DECODE_TIME(raw).time)
        except ValueError:
            return Rejection(Reason.INVALID, "time: 须为带时区的 RFC 3339 / RFC 3339 with an offset", verdict.id)
        return ValidEvent(verdict.id, verdict.source, EventTypeName(verdict.type), verdict.campusid, occurred_ms)


def _refusal_of_text(raw: bytes, event_id: str) -> Rejection | None:
    """The gateway's own rules about the text of an event that is otherwise valid."""
    if has_duplicate_keys(raw):
        return rejection(Reason.DUPLICATE_KEY, event_id)
    if _NUL.search(raw):
        return Rejection(Reason.INVALID, "文本中有 U+0000 / a text holds U+0000", event_id)
    return None
