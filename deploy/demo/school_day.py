"""One school day in Asia/Shanghai: instants by clock time, and the texts that dates take in ids and events."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from schemas.clock import CHINA_OFFSET_MS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, local_midnight_ms

_EPOCH_ORDINAL: Final = dt.date(1970, 1, 1).toordinal()
_SATURDAY: Final = 5


@dataclass(frozen=True)
class SchoolDay:
    """A day by the instant of its local midnight, epoch ms."""

    midnight_ms: int

    def at(self, hour: int, minute: int = 0, second: int = 0) -> int:
        """The instant of a local clock time."""
        return self.midnight_ms + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS

    @property
    def opens_ms(self) -> int:
        """06:20: nothing of the day is simulated before."""
        return self.at(6, 20)

    @property
    def closes_ms(self) -> int:
        """22:20: nothing of the day is simulated after."""
        return self.at(22, 20)

    @property
    def number(self) -> int:
        """``20261124``: unique and growing from day to day, as a source's ``bootid`` must be."""
        return int(_date_of(self.midnight_ms).strftime("%Y%m%d"))

    def following(self) -> "SchoolDay":
        """The next school day."""
        day = SchoolDay(self.midnight_ms + DAY_MS)
        return day if day.is_weekday() else day.following()

    def is_weekday(self) -> bool:
        """Monday to Friday. The demonstration knows no holidays and no 调休."""
        return _date_of(self.midnight_ms).weekday() < _SATURDAY


def latest_school_day(now_ms: int) -> SchoolDay:
    """The newest Monday to Friday that has begun."""
    day = SchoolDay(local_midnight_ms(now_ms))
    while not day.is_weekday():
        day = SchoolDay(day.midnight_ms - DAY_MS)
    return day


def rfc3339(instant_ms: int) -> str:
    """``2026-11-24T06:50:12.345+08:00``."""
    seconds, ms = divmod(instant_ms + CHINA_OFFSET_MS, SECOND_MS)
    days, second_of_day = divmod(seconds, 86_400)
    hour, rest = divmod(second_of_day, 3600)
    return f"{_date_text(days)}T{hour:02d}:{rest // 60:02d}:{rest % 60:02d}.{ms:03d}+08:00"


@lru_cache(maxsize=64)
def _date_text(days: int) -> str:
    return dt.date.fromordinal(_EPOCH_ORDINAL + days).isoformat()


def _date_of(midnight_ms: int) -> dt.date:
    return dt.date.fromordinal(_EPOCH_ORDINAL + (midnight_ms + CHINA_OFFSET_MS) // DAY_MS)
