"""How busy this process is, and how much longer what people see may therefore wait.

Every flush costs the same few requests, however much it writes. Under a city's load that does not matter and a visible
change is written at once; under a province's it would take a large part of the machine, so flushes of each partition
move apart until folding has its time again.
"""

from dataclasses import dataclass
from typing import Final

CALM: Final = 0.4
"""Up to this share of a core nothing waits longer."""
BUSY: Final = 0.55
"""From this share of a core on, everything waits as long as it may."""
MOST: Final = 10.0
"""The longest wait, as a multiple of the ordinary one."""


@dataclass
class Strain:
    """The share of a core that was used lately. ``note`` it about once a second; all instants in seconds."""

    share: float = 0.0
    _cpu_s: float = -1.0
    _wall_s: float = 0.0

    def note(self, cpu_s: float, wall_s: float) -> None:
        """Take the process's CPU time and a monotonic clock."""
        if self._cpu_s >= 0.0 and wall_s > self._wall_s:
            now = (cpu_s - self._cpu_s) / (wall_s - self._wall_s)
            self.share = (self.share + now) / 2  # one busy second is no strain
        self._cpu_s, self._wall_s = cpu_s, wall_s

    def stretch(self) -> float:
        """By what a wait is multiplied: 1 while calm, rising evenly to ``MOST``."""
        climb = (self.share - CALM) / (BUSY - CALM)
        return 1.0 + (MOST - 1.0) * min(1.0, max(0.0, climb))
