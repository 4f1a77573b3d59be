"""How long the store keeps an event in columns, by class. Each type names its class; nothing else decides.

Frames, of which proofs are taken, are kept for :data:`FRAME_DAYS`. What they hold of pupils is sealed, and unreadable
once the data key of its week is destroyed: as many days after the week's end as :attr:`RetentionClass.PUPIL` has.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from schemas.clock import DAY_MS
from schemas.privacy import KeyWeek, key_week_of, service_day_of


class RetentionClass(StrEnum):
    """Why something is kept, and so for how long."""

    PUPIL = "pupil"
    """What one pupil did. PIPL Art. 19: the shortest time that the purpose needs."""
    BUS_TRACK = "bus_track"
    """道路运输车辆动态监督管理办法: track data for six months at least."""
    RATING_RAW = "rating_raw"
    """Ratings as given, for a term."""
    GATE_DIGEST = "gate_digest"
    """Counts at the gates, for a year."""
    CANTEEN = "canteen"
    """食品安全法 Art. 50: purchase records, six months beyond expiry, else two years."""
    STANDARD = "standard"
    """Everything else."""
    ACCESS = "access"
    """Who read what. 网络安全法 Art. 21: six months at least; 网络数据安全管理条例 Art. 12: three years."""
    DIRECTIVE = "directive"
    """Alerts, directives and what appraisals refer to."""


KEEP_DAYS: Final[Mapping[RetentionClass, int]] = {
    RetentionClass.PUPIL: 30,
    RetentionClass.BUS_TRACK: 180,
    RetentionClass.RATING_RAW: 180,
    RetentionClass.GATE_DIGEST: 365,
    RetentionClass.CANTEEN: 730,
    RetentionClass.STANDARD: 1095,
    RetentionClass.ACCESS: 1095,
    RetentionClass.DIRECTIVE: 1826,
}
FRAME_DAYS: Final = 180
HELD_DAYS: Final = 25_000
"""What a row under legal hold is kept for: 68 years, the most that the store's 32-bit calendar (to 2106) allows."""
ACCESS_DAYS_AT_LEAST: Final = 180


def first_kept_week(now_ms: int) -> KeyWeek:
    """The oldest week of data keys in which something may still be kept: the keys of all weeks before it are due."""
    return key_week_of(service_day_of(now_ms - KEEP_DAYS[RetentionClass.PUPIL] * DAY_MS))
