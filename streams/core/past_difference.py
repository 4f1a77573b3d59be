"""What differs between two states of one document: paths with their old and new values. Pure."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

from schemas.documents import CampusStatus

FRESHNESS: Final = frozenset({"position", "clock_ms", "watermark_ms", "heard_ms", "events"})
"""Members that move with every event and say nothing by moving."""


class Change(NamedTuple):
    """One path; ``old`` or ``new`` is None where the path was or is not there."""

    path: str
    old: object
    new: object


def difference(old: CampusStatus | None, new: CampusStatus | None) -> list[Change]:
    """Every path whose value differs, in the order of paths. Alerts are named by their ids."""
    before, after = dict(_paths(old)), dict(_paths(new))
    return [
        Change(path, before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys())
        if path not in before or path not in after or before[path] != after[path]
    ]


def _paths(status: CampusStatus | None) -> Iterator[tuple[str, object]]:
    if status is None:
        return
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(status))
    found["alerts"] = {line["alert_id"]: line for line in found["alerts"]}
    for name, value in found.items():
        if name not in FRESHNESS:
            yield from _leaves(name, value)


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(f"{path}/{key}", inner)
    else:
        yield path, value
