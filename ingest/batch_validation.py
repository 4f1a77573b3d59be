"""A whole batch judged at once, column by column: the common case, in which every event of it is beyond doubt.

Each step runs over all events inside one call into C. As soon as anything is doubtful — an invalid event, an escape, a
type with validators of its own — the batch as a whole is left to :mod:`ingest.validation`, which judges event by event.
So this module never refuses anything; it only says "all valid" or "look closer".
"""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from ingest.duplicate_keys import is_plain
from ingest.event_types import EventTypes, Shape
from ingest.validation import MAX_EVENT_BYTES
from schemas.ids import CampusId, EventTypeName


@dataclass
class Columns:
    """Valid events, one list per member, all of the same length and in the order of the request."""

    raws: list[bytes]
    ids: list[str]
    sources: list[str]
    campus_ids: list[str]
    occurred_ms: list[int]
    pupils: list[tuple[int, EventTypeName]] = field(default_factory=list)
    """Place and type of the events that speak of one pupil."""


class BatchValidator:
    """Judges batches."""

    def __init__(self, types: EventTypes) -> None:
        self._types = types
        self._pupil_types = types.pupil_fields.keys()
        events: Any = list[types.union]  # type: ignore[name-defined]  # a run-time value
        self._decode = msgspec.json.Decoder(events).decode

    def read(
        self, body: bytes, raws: list[bytes], campus_ids: frozenset[CampusId], type_names: frozenset[EventTypeName]
    ) -> Columns | None:
        """The events of a batch if all are valid, of these campuses and of these types; None if that is not certain.

        ``raws`` are the elements of ``body``.
        """
        if not raws or len(max(raws, key=len)) > MAX_EVENT_BYTES or not is_plain(body):
            return None
        try:
            events = self._decode(body)
            occurred_ms = self._types.times.read_all([event.time for event in events])
        except (ValueError, RecursionError):
            return None
        ids = [event.id for event in events]
        sources = [event.source for event in events]
        campuses = [event.campusid for event in events]
        sequences = [text for event in events if isinstance(text := event.sequence, str)]
        is_certain = (
            campus_ids.issuperset(campuses)
            and self._types.sources.contains_all(sources)
            and self._types.subjects.contains_all([event.subject for event in events])
            and all(map(self._types.matches_id, ids))
            and all(map(self._types.matches_sequence, sequences))
            and self._holds_members_once(body, events, structs := set(map(type, events)), type_names)
        )
        if not is_certain:
            return None
        return Columns(raws, ids, sources, campuses, occurred_ms, self._pupils(events, structs))

    def _pupils(self, events: list[Any], structs: set[type]) -> list[tuple[int, EventTypeName]]:
        """Looked for only where a type of the batch speaks of pupils."""
        named = {struct: name for struct in structs if (name := self._types.shapes[struct].type) in self._pupil_types}
        if not named:
            return []
        return [(place, named[type(event)]) for place, event in enumerate(events) if type(event) in named]

    def _holds_members_once(
        self, body: bytes, events: list[Any], structs: set[type], type_names: frozenset[EventTypeName]
    ) -> bool:
        """Whether all are of simple types, and the body has as many member names as they have members.

        See :func:`ingest.duplicate_keys.counts_members`: a name that stands twice would make one more.
        """
        members = 0
        for struct in structs:
            shape = self._types.shapes[struct]
            if shape.asks_pydantic or not shape.is_flat or shape.type not in type_names:
                return False
            members += _members(shape, [event for event in events if type(event) is struct])
        return body.count(b'":') == members


def _members(shape: Shape, events: list[Any]) -> int:
    """How many members events of one shape have together."""
    optional = list(map(shape.optional_members, events))
    absent = sum(values.count(msgspec.UNSET) for values in optional)
    return len(events) * (shape.required_members + len(optional[0])) - absent
