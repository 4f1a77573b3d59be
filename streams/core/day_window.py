"""A part of every local day (Asia/Shanghai), such as lesson time or the night, as arithmetic on instants."""

from typing import NamedTuple

from schemas.clock import DAY_MS, local_midnight_ms, local_time_of_day_ms


class DayWindow(NamedTuple):
    """From ``opens_ms`` (inclusive) to ``closes_ms`` (exclusive) after local midnight; it may reach past midnight."""

    opens_ms: int
    closes_ms: int


def is_open(window: DayWindow, instant_ms: int) -> bool:
    """Whether an instant lies in the window."""
    return opened_ms(window, instant_ms) >= closed_ms(window, instant_ms)


def opened_ms(window: DayWindow, instant_ms: int) -> int:
    """When the window last opened, at or before an instant."""
    return _last_at(window.opens_ms, instant_ms)


def closed_ms(window: DayWindow, instant_ms: int) -> int:
    """When the window last closed, at or before an instant."""
    return _last_at(window.closes_ms, instant_ms)


def next_edge_ms(window: DayWindow, instant_ms: int) -> int:
    """The first instant after the given one at which the window opens or closes."""
    return min(opened_ms(window, instant_ms), closed_ms(window, instant_ms)) + DAY_MS


def _last_at(time_of_day_ms: int, instant_ms: int) -> int:
    midnight_ms = local_midnight_ms(instant_ms)
    today = local_time_of_day_ms(instant_ms) >= time_of_day_ms
    return midnight_ms + time_of_day_ms - (0 if today else DAY_MS)
