"""How far a device's clock is off, from pairs of device time and receive time. Pure.

The difference "received - occurred" is the way's delay minus the clock's lead. A delay is never negative, so the least
difference within a window is the one nearest to the truth: the minimum filter of clock synchronisation over a network
(RFC 5905, section 10, picks the sample of least delay for the same reason). What remains uncertain is the least delay
itself, which cannot be told from a clock that is slow: so a lead is certain, a lag is an upper bound.

A steady clock gives the same minimum in every window; minima that scatter mean delays that were never short (a
backlog), or a clock that was set or drifts. The scatter is therefore shown, and decides how far to trust the estimate.
"""

from collections.abc import Sequence
from enum import StrEnum
from statistics import median
from typing import Final, NamedTuple

FEW: Final = 8
"""Fewer events say little."""
FEW_WINDOWS: Final = 3
STEADY_MS: Final = 2_000
"""Device times are often whole seconds, so minima scatter by one second at least."""


class Confidence(StrEnum):
    """How far an estimate is to be trusted."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class WindowMinimum(NamedTuple):
    """One window of one device: how many events, and the least difference "received - occurred" among them, in ms."""

    events: int
    least_ms: int


class Skew(NamedTuple):
    """An estimate. ``lead_ms`` > 0: the device's clock is fast by at least that; < 0: slow by at most that."""

    lead_ms: int
    scatter_ms: int
    """Greatest minus least of the windows' minima."""
    events: int
    windows: int
    confidence: Confidence

    def corrected_ms(self, occurred_ms: int) -> int:
        """A device time put right by the estimate; the raw one stays what the record says."""
        return occurred_ms - self.lead_ms


def estimate_skew(windows: Sequence[WindowMinimum]) -> Skew:
    """The lead of one device's clock.

    Of the windows' minima the median counts: a single window with a backlog only, or with one absurd stamp, does not
    decide.

    Raises:
        ValueError: there is no window.
    """
    if not windows:
        raise ValueError("no window, no estimate")
    minima = [window.least_ms for window in windows]
    events, scatter_ms = sum(window.events for window in windows), max(minima) - min(minima)
    return Skew(-int(median(minima)), scatter_ms, events, len(windows), _confidence(events, len(windows), scatter_ms))


def _confidence(events: int, windows: int, scatter_ms: int) -> Confidence:
    if events < FEW or windows < FEW_WINDOWS:
        return Confidence.LOW
    return Confidence.HIGH if scatter_ms <= STEADY_MS else Confidence.MEDIUM
