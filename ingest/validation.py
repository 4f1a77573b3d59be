"""Whether raw bytes are an event of the catalogue, and when it happened. Pure: the same bytes, the same verdict.

The fast path decodes with msgspec types derived from the pydantic models and looks a few repeated texts up in caches of
bounded size. What it does not accept is shown to pydantic, whose verdict counts. On top of the models stand three rules
of the gateway: ``time`` is RFC 3339, no object names a member twice, and no text holds U+0000.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from re import compile as compile_pattern
from typing import Any, Final, NamedTuple, Union

import msgspec
from pydantic import StringConstraints

from ingest.duplicate_keys import counts_members, has_duplicate_keys
from ingest.explain import judge
from ingest.rejections import Reason, Rejection, rejection
from ingest.struct_types import DerivedStruct, Deriver, portable_pattern
from ingest.timestamps import TimestampReader
from schemas.envelope import CloudEvent, model_of
from schemas.events import EventType
from schemas.ids import EventTypeName, SystemName

MAX_EVENT_BYTES: Final = 64 << 10
"""CloudEvents 1.0.2, "Size Limits": what every intermediary must forward; more is refused."""
_MAX_KNOWN_TEXTS: Final = 65_536
_JUDGED_HERE: Final = {"time": str, "id": str, "source": str, "subject": str, "campusid": str}
"""Members of the envelope that the derived types take as any text: checked below, by cache or by clock."""


_NUL: Final = compile_pattern(rb"(?<!\\)(?:\\\\)*\\u0000")
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


@dataclass(frozen=True)
class _Shape:
    """What is known of a derived envelope before any event of it has come."""

    type: EventTypeName
    required_members: int
    optional_members: Callable[[Any], tuple[Any, ...]]
    """All optional members of envelope and data, absent ones as UNSET."""
    is_flat: bool
    asks_pydantic: bool


class _KnownTexts:
    """Remembers which texts match a pattern, so that a repeated one costs a look-up."""

    def __init__(self, member: str) -> None:
        self._matches = compile_pattern(portable_pattern(_pattern_of(member))).match
        self._known: set[str] = set()

    def __contains__(self, text: str) -> bool:
        if text in self._known:
            return True
        if not self._matches(text):
            return False
        if len(self._known) >= _MAX_KNOWN_TEXTS:
            self._known.clear()
        self._known.add(text)
        return True


def _pattern_of(member: str) -> str:
    for item in CloudEvent.model_fields[member].metadata:
        if isinstance(item, StringConstraints) and isinstance(item.pattern, str):
            return item.pattern
    raise ValueError(f"{member} has no pattern")


class Validator:
    """Judges events of the given catalogue."""

    def __init__(self, catalogue: dict[EventTypeName, EventType]) -> None:
        self._shapes: dict[type[msgspec.Struct], _Shape] = {}
        structs = [self._derive(declared) for declared in catalogue.values()]
        self._decode = msgspec.json.Decoder(Union[tuple(structs)]).decode  # noqa: UP007 — run-time values
        self._read_time = TimestampReader().read
        self._matches_id = compile_pattern(portable_pattern(_pattern_of("id"))).match
        self._sources = _KnownTexts("source")
        self._subjects = _KnownTexts("subject")
        self.systems: dict[EventTypeName, SystemName] = {name: declared.system for name, declared in catalogue.items()}

    def _derive(self, declared: EventType) -> type[msgspec.Struct]:
        envelope = Deriver(_JUDGED_HERE).derive(model_of(declared), tag=declared.name)
        data = Deriver().derive(declared.data)
        self._shapes[envelope.struct] = _shape(declared.name, envelope, data)
        return envelope.struct

    def check(self, raw: bytes, campus_ids: frozenset[str], *, plain: bool) -> ValidEvent | Rejection:
        """The event in ``raw`` or why there is none.

        ``campus_ids`` are campuses whose ids are known to be well formed; an event of another campus is judged at more
        cost, not otherwise. ``plain`` says that :func:`ingest.duplicate_keys.is_plain` holds for ``raw``.
        """
        try:
            event: Any = self._decode(raw)
            occurred_ms = self._read_time(event.time)
        except (ValueError, RecursionError):  # msgspec's errors and UnicodeDecodeError are ValueErrors
            return self._check_slowly(raw)
        if (
            event.campusid not in campus_ids
            or event.source not in self._sources
            or event.subject not in self._subjects
            or not self._matches_id(event.id)
        ):
            return self._check_slowly(raw)
        shape = self._shapes[type(event)]
        optional = shape.optional_members(event)
        members = shape.required_members + len(optional) - optional.count(msgspec.UNSET)
        if shape.asks_pydantic or not (plain and shape.is_flat and counts_members(raw, members)):
            return self._check_further(raw, event, shape, occurred_ms)
        return ValidEvent(event.id, event.source, shape.type, event.campusid, occurred_ms)

    def _check_further(self, raw: bytes, event: Any, shape: _Shape, occurred_ms: int) -> ValidEvent | Rejection:  # noqa: ANN401 — a derived Struct
        """What the first look could not prove: no member twice, no U+0000, and the model's own validators."""
        if shape.asks_pydantic:
            return self._check_slowly(raw)
        refusal = _refusal_of_text(raw, event.id)
        return refusal or ValidEvent(event.id, event.source, shape.type, event.campusid, occurred_ms)

    def _check_slowly(self, raw: bytes) -> ValidEvent | Rejection:
        verdict = judge(raw)
        if isinstance(verdict, Rejection):
            return verdict
        refusal = _refusal_of_text(raw, verdict.id)
        if refusal:
            return refusal
        try:
            occurred_ms = self._read_time(_DECODE_TIME(raw).time)
        except ValueError:
            return Rejection(
                Reason.INVALID, "time: 须为带时区的 RFC 3339 / must be RFC 3339 with an offset", verdict.id
            )
        return ValidEvent(verdict.id, verdict.source, EventTypeName(verdict.type), verdict.campusid, occurred_ms)


def _shape(name: EventTypeName, envelope: DerivedStruct, data: DerivedStruct) -> _Shape:
    optional = (*envelope.optional, *(f"data.{member}" for member in data.optional))
    return _Shape(
        type=name,
        required_members=1 + envelope.required + data.required,  # the tag `type` is a member, too
        optional_members=attrgetter(*optional),
        is_flat=data.is_flat,
        asks_pydantic=envelope.asks_pydantic,
    )


def _refusal_of_text(raw: bytes, event_id: str) -> Rejection | None:
    """The gateway's own rules about the text of an event that is otherwise valid."""
    if has_duplicate_keys(raw):
        return rejection(Reason.DUPLICATE_KEY, event_id)
    if _NUL.search(raw):
        return Rejection(Reason.INVALID, "文本中有 U+0000 / a text holds U+0000", event_id)
    return None
