"""The state of a campus's buses, decoded once for everybody who watches one of its runs."""

from typing import Final

import msgspec

from api.live.change import Change
from api.live.view import LiveView
from streams.systems.school_bus.state import SchoolBusState

BUS_SYSTEM: Final = "school_bus"
KEPT: Final = 256
"""Campuses whose state is kept decoded."""


class _Status(msgspec.Struct):
    """The part of a campus status that is read here."""

    state: SchoolBusState


_STATUS: Final = msgspec.json.Decoder(_Status)


class BusStates:
    """The newest states; nobody may change what is given out."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Change, SchoolBusState]] = {}

    def of(self, view: LiveView, campus_id: str) -> SchoolBusState:
        """The state by the newest document; an empty one where there is none."""
        change = view.unabridged(campus_id, BUS_SYSTEM)
        if change is None:
            return SchoolBusState()
        kept = self._kept.get(campus_id)
        if kept is not None and kept[0] is change:
            return kept[1]
        state = _STATUS.decode(change.data).state
        if len(self._kept) >= KEPT and campus_id not in self._kept:
            del self._kept[next(iter(self._kept))]
        self._kept[campus_id] = change, state
        return state
