"""The product's time, always injected, in whole milliseconds since 1970-01-01T00:00:00Z.

Three clocks are never mixed: ``occurred`` (the device's), ``received`` (the gateway's), ``recorded`` (the log's).
This module gives the second one. Durations are measured with ``time.monotonic``, not with these clocks.
"""

import time
from dataclasses import dataclass
from typing import Protocol

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
CHINA_OFFSET_MS = 8 * HOUR_MS
"""Asia/Shanghai is UTC+8 without daylight saving, so local time of day is integer arithmetic."""


class Clock(Protocol):
    """Gives the current instant."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""
        ...


@dataclass(frozen=True)
class WallClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""
        return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class ScaledClock:
    """A clock that shows ``origin_ms`` when the wall shows ``wall_origin_ms`` and then runs ``speed`` times as fast.

    A demonstration of a school morning runs on it at any hour of the day; every process of that demonstration is given
    the same three numbers and therefore the same time.
    """

    wall_origin_ms: int
    origin_ms: int
    speed: float = 1.0

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC, on the scaled axis."""
        elapsed_ms = time.time_ns() // 1_000_000 - self.wall_origin_ms
        return self.origin_ms + int(elapsed_ms * self.speed)


def log_time_ms(clock: Clock, instant_ms: int) -> int:
    """What the log's own clock, which is the machine's, shows when ``clock`` shows ``instant_ms``."""
    if not isinstance(clock, ScaledClock):
        return instant_ms
    return clock.wall_origin_ms + int((instant_ms - clock.origin_ms) / clock.speed)


@dataclass
class ManualClock:
    """A clock that stands still until it is moved: for tests and for judging the past."""

    instant_ms: int = 0

    def now_ms(self) -> int:
        """The instant it was last set to."""
        return self.instant_ms


def local_time_of_day_ms(instant_ms: int) -> int:
    """Milliseconds since local midnight in Asia/Shanghai, 0 to 86,399,999."""
    return (instant_ms + CHINA_OFFSET_MS) % DAY_MS


def local_midnight_ms(instant_ms: int) -> int:
    """The instant (UTC epoch milliseconds) at which the local day of ``instant_ms`` began."""
    return instant_ms - local_time_of_day_ms(instant_ms)
