"""Finds processes that exist and no longer react. Pure: it is told the time and what was answered."""

from dataclasses import dataclass

ASK_EVERY_S = 5.0
HANG_S = 30.0
"""Longer than any pause that a loaded machine causes, shorter than a breakfast."""


@dataclass
class HangWatch:
    """One process: silent for ``HANG_S`` after it had once answered means that it hangs."""

    asked_s: float = float("-inf")
    heard_s: float | None = None
    """None: it has not answered since its start, and a slow start is no hang."""

    def is_due(self, now_s: float) -> bool:
        """Whether it is time to ask again."""
        return now_s - self.asked_s >= ASK_EVERY_S

    def take(self, now_s: float, *, answered: bool) -> bool:
        """Note an answer or its absence. Returns whether the process hangs."""
        self.asked_s = now_s
        if answered:
            self.heard_s = now_s
        return self.heard_s is not None and now_s - self.heard_s >= HANG_S

    def forget(self) -> None:
        """The process was started anew."""
        self.heard_s = None
