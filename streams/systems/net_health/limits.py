"""Where a healthy network ends: the figures that fold and rules of ``net_health`` share."""

from typing import Final

from schemas.clock import HOUR_MS, MINUTE_MS, SECOND_MS
from streams.core.day_window import DayWindow

LOSS_PCT: Final = 3.0
RTT_MS: Final = 100.0
UTIL_PCT: Final = 85.0
DARK_LOSS_PCT: Final = 100.0
"""A minute in which every probe was lost says that the link is down, whether or not anything else does."""
CONTRACT_SHARE: Final = 0.9
"""A test passes from this share of the contract on: framing alone costs some 6 % of a gigabit line [A]."""
BAD_FOR_MS: Final = 5 * MINUTE_MS
DOWN_IN_LESSONS_MS: Final = 60 * SECOND_MS
DOWN_MS: Final = 5 * MINUTE_MS
ACCESS_POINT_DOWN_MS: Final = 24 * HOUR_MS
LESSONS: Final = DayWindow(8 * HOUR_MS, 17 * HOUR_MS + 30 * MINUTE_MS)
"""First bell to the end of after-school service; every day, since a make-up Saturday (调休) is a school day too."""
