"""How often something may happen, per key: the generic cell rate algorithm (as in ITU-T I.371), in bounded memory.

A key may spend its share of a minute at once and gets it back evenly. Time is monotonic and handed in: a clock that
jumps locks nobody out, and tests need not wait. Nothing runs in the background.
"""

import math
from collections import OrderedDict
from typing import Final

KEYS_MAX: Final = 65_536
"""Keys remembered; the longest unused one is forgotten first."""


class Rate:
    """``per_min`` happenings a minute for each key."""

    def __init__(self, per_min: int, keys_max: int = KEYS_MAX) -> None:
        self._step_s = 60.0 / per_min
        self._burst_s = 60.0
        self._keys_max = keys_max
        self._free_at_s: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, key: str, now_s: float) -> int:
        """Whole seconds until ``key`` may again; 0: now. Spends nothing."""
        over_s = self._free_at_s.get(key, 0.0) + self._step_s - self._burst_s - now_s
        return math.ceil(over_s) if over_s > 1e-9 else 0

    def spend(self, key: str, now_s: float) -> None:
        """Count one happening."""
        self._free_at_s[key] = max(self._free_at_s.get(key, 0.0), now_s) + self._step_s
        self._free_at_s.move_to_end(key)
        if len(self._free_at_s) > self._keys_max:
            self._free_at_s.popitem(last=False)

    def take(self, key: str, now_s: float) -> int:
        """Count one happening if it may be. Returns 0, or the whole seconds to wait."""
        wait_s = self.wait_s(key, now_s)
        if not wait_s:
            self.spend(key, now_s)
        return wait_s

    def forgive(self, key: str) -> None:
        """Forget what a key has spent."""
        self._free_at_s.pop(key, None)
