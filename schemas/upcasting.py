"""Old event versions, read as the newest: a pure step from each version to the next, declared beside the types.

What was logged is never rewritten. When an event is read for a fold, for history or for a replay, the steps from its
type's version to the newest one are applied to its ``data``; its id, times and place stay. Folds are given the newest
version; answers that show an event show its sender's own words and, beside them, what :meth:`Upcasts.restated` makes of
them, as a member ``newest``: the words can be proven, the newest version can be read. A system declares its steps as a
tuple named ``UPCASTS`` in ``schemas/systems/<system>.py``, next to ``EVENTS``::

    UPCASTS = (upcast("canteen.temp.sampled.v1", "canteen.temp.sampled.v2", _with_unit),)

A type that has a step is one that this version no longer folds: the gateway may go on taking it from old devices.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import msgspec

from schemas.events import system_of
from schemas.frame import LoggedEvent
from schemas.ids import EventTypeName
from schemas.systems import SYSTEMS

Data = dict[str, Any]
_decode = msgspec.json.Decoder(Data).decode


@dataclass(frozen=True)
class Upcast:
    """One step: ``change`` makes the data of ``newer`` from that of ``older``, and leaves its argument as it is."""

    older: EventTypeName
    newer: EventTypeName
    change: Callable[[Data], Data]


def upcast(older: str, newer: str, change: Callable[[Data], Data]) -> Upcast:
    """Declare a step.

    Raises:
        ValueError: it does not lead from one version of a type to a later one.
    """
    (name, old), (same, new) = _parted(older), _parted(newer)
    if name != same or old >= new:
        raise ValueError(f"no step from {older} to {newer}: it must lead to a later version of the same type")
    return Upcast(EventTypeName(older), EventTypeName(newer), change)


class Upcasts:
    """Steps by the type that each begins from. Callable: gives an event in its newest version."""

    def __init__(self, steps: Iterable[Upcast] = ()) -> None:
        self._steps: dict[str, Upcast] = {}
        for step in steps:
            if step.older in self._steps:
                raise ValueError(f"two steps begin from {step.older}")
            self._steps[step.older] = step

    def __call__(self, event: LoggedEvent) -> LoggedEvent:
        """The event as the newest version of its type; the very same object when it is that already.

        Raises:
            Exception: whatever a step raises when the data are not those of its version.
        """
        if event.type not in self._steps:
            return event
        type_name, data = self.newest(event.type, event.data)
        return msgspec.structs.replace(event, type=type_name, data=data)

    def newest(self, type_name: str, data: Data) -> tuple[str, Data]:
        """Type and data after every step that begins from the type."""
        while (step := self._steps.get(type_name)) is not None:
            type_name, data = step.newer, step.change(data)
        return type_name, data

    @property
    def older(self) -> tuple[str, ...]:
        """The types of which an event is to be read as another: those that a step begins from."""
        return tuple(sorted(self._steps))

    def restated(self, type_name: str, data: bytes) -> bytes:
        """What is told beside an old event's own words: the JSON object of its newest ``type`` and ``data``.

        ``null`` when a step cannot read the data; the folds have refused such an event as well.
        """
        try:
            newest, changed = self.newest(type_name, _decode(data))
        except Exception:  # noqa: BLE001 — whatever a step raises, its event is told without being restated
            return b"null"
        return msgspec.json.encode({"type": newest, "data": changed})

    def versions_of(self, type_name: str) -> tuple[str, ...]:
        """The type itself and the older ones that are read as it: what a query for the type must ask for."""
        older = (name for name in self._steps if self._leads_to(name, type_name))
        return (type_name, *sorted(older))

    def _leads_to(self, name: str, wanted: str) -> bool:
        while (step := self._steps.get(name)) is not None:
            name = step.newer
            if name == wanted:
                return True
        return False

    @property
    def steps(self) -> Mapping[str, Upcast]:
        """Every step by the type that it begins from."""
        return self._steps


@cache
def declared_upcasts() -> Upcasts:
    """The steps of every registered system.

    Raises:
        ValueError: two steps begin from one type, or a system declares a step of another one's type.
    """
    steps: list[Upcast] = []
    for system in SYSTEMS:
        for step in getattr(import_module(f"schemas.systems.{system}"), "UPCASTS", ()):
            if system_of(step.older) != system:
                raise ValueError(f"{step.older} has a step that is declared by {system}")
            steps.append(step)
    return Upcasts(steps)


def _parted(type_name: str) -> tuple[str, int]:
    name, _, version = type_name.rpartition(".v")
    if not name or not version.isdecimal():
        raise ValueError(f"{type_name} does not end with its version")
    return name, int(version)
