"""What must come of events: the pure folds over the sorted input without its duplicates."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from schemas.events import system_of
from schemas.frame import LoggedEvent
from streams.systems import systems

Key = tuple[str, str]
"""Campus and system."""
_NAME = re.compile(rb'"id":"([^"]+)","source":"([^"]+)"')


def names(raw_events: Iterable[bytes]) -> set[tuple[str, str]]:
    """Source and id of every event as it was sent."""
    found = {_NAME.search(raw) for raw in raw_events}
    return {(match[2].decode(), match[1].decode()) for match in found if match}


def distinct(logged: Iterable[LoggedEvent]) -> list[LoggedEvent]:
    """Every event of the log once (same source and id: the first), in order of occurrence, then of its source."""
    unique: dict[tuple[str, str], LoggedEvent] = {}
    for event in logged:
        unique.setdefault((event.source, event.id), event)
    return sorted(unique.values(), key=lambda event: (event.occurredms, event.source, event.bootid, event.sequence))


def folded(events: Iterable[LoggedEvent]) -> dict[Key, Any]:
    """The state of every system of every campus, as JSON values."""
    known = systems()
    states: dict[Key, Any] = {}
    for event in events:
        system = known[system_of(event.type)]
        key = event.campusid, str(system.name)
        if key not in states:
            states[key] = system.initial()
        system.apply(states[key], event)
    return {key: msgspec.json.decode(msgspec.json.encode(state)) for key, state in states.items()}


def counted(events: Iterable[LoggedEvent]) -> Counter[Key]:
    """How many events each system of each campus must have folded."""
    return Counter((event.campusid, str(system_of(event.type))) for event in events)
