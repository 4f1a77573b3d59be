"""What a run asks the store for, and the conditions that all its questions share. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from api.history.predicate import COLUMNS, HistoryClock, Predicate, where, where_told
from api.replay.sight import Shown
from schemas.upcasting import Upcasts, declared_upcasts

ARCHIVED: Final = "offset < arrayElement(%(horizon)s, partition + 1)"
"""Holds for what the archive held when the replay was made."""


@dataclass(frozen=True)
class ReplayQuery:
    """What may be shown, in which order, up to which state of the archive."""

    shown: Shown
    clock: HistoryClock
    from_ms: int
    to_ms: int
    horizon: tuple[int, ...]
    partitions: int
    """Of the log: tells which of them hold the campuses of the scope."""
    states_every_ms: int = 0
    """How far apart states are shown; 0: nowhere."""
    states_until_ms: int = 0
    """No states are shown after it: nobody can know them when the replay is made."""
    upcasts: Upcasts = field(default_factory=declared_upcasts)
    """By which old versions of events are read as the newest."""

    @property
    def column(self) -> str:
        """The column of the clock."""
        return COLUMNS[self.clock]

    def between(self, from_ms: int, to_ms: int) -> "Condition":
        """The condition for the events that may be shown between two instants."""
        return self._archived(where_told(*self.shown.between(from_ms, to_ms), self.clock))

    def alerts_between(self, from_ms: int, to_ms: int) -> "Condition":
        """As :meth:`between`, for alerts, which have no type."""
        return self._archived(where(self.shown.between(from_ms, to_ms).scope, self.clock))

    def _archived(self, predicate: Predicate) -> "Condition":
        span = {"from_ms": self.from_ms, "to_ms": self.to_ms}
        parameters = {**predicate.parameters, **span, "horizon": list(self.horizon)}
        return Condition(f"{predicate.sql} AND {ARCHIVED}", parameters)


@dataclass(frozen=True)
class Condition:
    """A condition over the columns of ``events``, with its parameters."""

    sql: str
    parameters: Mapping[str, Any]
