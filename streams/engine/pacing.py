"""When a partition is flushed. Pure; instants are seconds of one monotonic clock."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from streams.core.system import Effect

SHARE = 3.0
"""Between two flushes of a partition lies at least this multiple of the last one's duration: flushing takes no more
than a quarter of the time, and a slow broker is asked less often instead of being drowned."""
LEAST_GAP_S = 0.05
"""A transaction that follows at once on another waits for the broker to finish the first."""


@dataclass
class Pacing:
    """Leading edge: what comes after a pause is written at once; what follows shares the next flush."""

    visible_s: float
    alive_s: float
    stretch: Callable[[], float] = lambda: 1.0
    """By what the wait of visible changes is multiplied at the moment."""
    began_s: float = -inf
    ended_s: float = -inf
    whole_s: float = -inf
    """When everything was last written, freshness included."""

    def due_s(self, urgency: Effect) -> float:
        """The earliest instant for a flush of this urgency; infinity when there is nothing to write."""
        if urgency is Effect.NOTHING:
            return inf
        rest_s = self.ended_s + max(LEAST_GAP_S, SHARE * self.duration_s())
        if urgency is Effect.ALIVE:
            return max(rest_s, self.whole_s + self.alive_s)
        return max(rest_s, self.began_s + self.visible_s * self.stretch())

    def is_whole(self, now_s: float) -> bool:
        """Whether a flush that begins now takes along what only says "still alive"."""
        return now_s >= self.whole_s + self.alive_s

    def flushed(self, began_s: float, ended_s: float, *, whole: bool) -> None:
        """Note a flush."""
        self.began_s, self.ended_s = began_s, ended_s
        if whole:
            self.whole_s = began_s

    def duration_s(self) -> float:
        """How long the last flush took."""
        return 0.0 if self.ended_s == -inf else self.ended_s - self.began_s
