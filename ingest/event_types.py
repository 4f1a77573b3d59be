"""The catalogue's envelopes as msgspec types, with what must be known to judge an event by them.

Some members of the envelope are taken as any text by the derived types and judged by whoever uses them: ``time`` by a
:class:`~ingest.timestamps.TimestampReader`, the others by the patterns of the contract, repeated texts from a cache.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from re import compile as compile_pattern
from typing import Any, Final, Union, get_args

import msgspec
from pydantic import StringConstraints

from ingest.struct_types import DerivedStruct, Deriver, portable_pattern
from ingest.timestamps import TimestampReader
from schemas.envelope import CloudEvent
from schemas.events import EventType
from schemas.ids import EventTypeName, SystemName
from schemas.privacy import PupilFields

_JUDGED_APART: Final = {
    "time": str,
    "id": str,
    "source": str,
    "subject": str,
    "campusid": str,
    "sequence": str | None,
}
_MAX_KNOWN_TEXTS: Final = 65_536


@dataclass(frozen=True)
class Shape:
    """What is known of an event's members before any event has come."""

    type: EventTypeName
    required_members: int
    """Of envelope and data together."""
    optional_members: Callable[[Any], tuple[Any, ...]]
    """The values of all optional ones of a decoded event, ``msgspec.UNSET`` for those that are absent."""
    is_flat: bool
    """Whether no value in the data is, or holds, an object."""
    asks_pydantic: bool
    """Whether the model has validators that only pydantic can run."""


class KnownTexts:
    """The texts that match the pattern of a member; a text that was seen before costs a look-up."""

    def __init__(self, member: str) -> None:
        self._matches = pattern_of(member)
        self._known: set[str] = set()

    def __contains__(self, text: str) -> bool:
        return text in self._known or self._learn(text)

    def contains_all(self, texts: Iterable[str]) -> bool:
        """Whether every one of them matches."""
        return self._known.issuperset(texts) or all(text in self for text in set(texts))

    def _learn(self, text: str) -> bool:
        if not self._matches(text):
            return False
        if len(self._known) >= _MAX_KNOWN_TEXTS:
            self._known.clear()
        self._known.add(text)
        return True


def pattern_of(member: str) -> Callable[[str], object]:
    """A matcher, as true as ``re.match``, for the pattern that the contract gives to a member of the envelope."""
    field = CloudEvent.model_fields[member]
    nested = [item for part in get_args(field.annotation) for item in get_args(part)]
    for item in [*field.metadata, *nested]:
        if isinstance(item, StringConstraints) and isinstance(item.pattern, str):
            return compile_pattern(portable_pattern(item.pattern)).match
    raise ValueError(f"{member} has no pattern")


class EventTypes:
    """All of a catalogue, and the caches that its judges share."""

    def __init__(self, catalogue: dict[EventTypeName, EventType]) -> None:
        self.shapes: dict[type[msgspec.Struct], Shape] = {}
        self.pupil_fields: dict[EventTypeName, PupilFields] = {
            name: declared.pupil for name, declared in catalogue.items() if declared.pupil is not None
        }
        structs = tuple(self._derive(declared) for declared in catalogue.values())
        self.union: Any = Union[structs]  # noqa: UP007 — run-time values
        self.systems: dict[EventTypeName, SystemName] = {name: declared.system for name, declared in catalogue.items()}
        self.times = TimestampReader()
        self.matches_id = pattern_of("id")
        self.matches_sequence = pattern_of("sequence")
        self.sources = KnownTexts("source")
        self.subjects = KnownTexts("subject")

    def _derive(self, declared: EventType) -> type[msgspec.Struct]:
        data = Deriver().derive(declared.data)
        envelope = Deriver(_JUDGED_APART | {"data": data.struct}).derive(CloudEvent, tag=declared.name)
        self.shapes[envelope.struct] = _shape(declared.name, envelope, data)
        return envelope.struct


def _shape(name: EventTypeName, envelope: DerivedStruct, data: DerivedStruct) -> Shape:
    optional = (*envelope.optional, *(f"data.{member}" for member in data.optional))
    return Shape(
        type=name,
        required_members=1 + envelope.required + data.required,  # the tag `type` is a member, too
        optional_members=attrgetter(*optional),
        is_flat=data.is_flat,
        asks_pydantic=envelope.asks_pydantic or data.asks_pydantic,
    )
