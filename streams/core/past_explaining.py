"""Which event set each field of a document: it is folded once more, event by event, with an eye on its fields. Pure.

A field is named by its path in the state: ``meals/2026-11-24-lunch`` is one entry of the map ``meals``. Alerts are
fields too: ``alerts/<alert id>`` is set by what made its rule hold, or by time passing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from schemas.frame import LoggedEvent
from streams.core.campus_document import CampusDocument
from streams.core.outbox import Outbox


class Step(NamedTuple):
    """What one record holds for the document: events, or a tick."""

    offset: int
    events: tuple[LoggedEvent, ...] = ()
    tick_ms: int | None = None


@dataclass(frozen=True)
class SetBy:
    """What last changed a field: an event, or, without one, time passing."""

    offset: int
    event: LoggedEvent | None
    tick_ms: int | None


def explain(document: CampusDocument, partition: int, steps: Iterable[Step]) -> dict[str, SetBy]:
    """Fold ``steps`` into ``document`` and tell what last set each field that changed on the way.

    A field that is gone at the end is not told of. What no step changed is missing: it is older than the document was.
    """
    setters: dict[str, SetBy] = {}
    before = fields_of(document)
    outbox = Outbox()
    for step in steps:
        for event in step.events:
            # One record may hold several events of a document, and a document takes a record once.
            document.position = min(document.position, step.offset - 1)
            document.fold(partition, step.offset, [event], outbox)
            before = _note(setters, before, document, SetBy(step.offset, event, None))
        if step.tick_ms is not None and document.due_ms <= step.tick_ms:
            document.tick(partition, step.offset, step.tick_ms, outbox)
            before = _note(setters, before, document, SetBy(step.offset, None, step.tick_ms))
    return {path: setters[path] for path in sorted(setters) if path in before}


def fields_of(document: CampusDocument) -> Mapping[str, object]:
    """The fields of a document by path; maps are taken apart one level."""
    found: dict[str, object] = {}
    state: dict[str, Any] = msgspec.to_builtins(document.state, str_keys=True)
    for name, value in state.items():
        if isinstance(value, dict):
            found |= {f"{name}/{key}": inner for key, inner in value.items()}
        else:
            found[name] = value
    return found | {f"alerts/{opened.line.alert_id}": True for opened in document.open_alerts.values()}


def _note(
    setters: dict[str, SetBy], before: Mapping[str, object], document: CampusDocument, by: SetBy
) -> Mapping[str, object]:
    now = fields_of(document)
    for path, value in now.items():
        if path not in before or before[path] != value:
            setters[path] = by
    return now
