"""How long to wait before a failed process is started again. Pure."""

from dataclasses import dataclass

FIRST_S = 0.5
STABLE_S = 30.0
"""A process that lived this long begins anew with the shortest pause."""


@dataclass
class Backoff:
    """Doubles from half a second to ``max_s`` while a process keeps failing."""

    max_s: float
    failures: int = 0

    def pause_s(self, lived_s: float) -> float:
        """The pause after a process that lived for ``lived_s`` seconds has ended."""
        self.failures = 1 if lived_s >= STABLE_S else self.failures + 1
        return min(self.max_s, FIRST_S * 2.0 ** (self.failures - 1))
