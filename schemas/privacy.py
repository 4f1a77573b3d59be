"""How a pupil's fields are declared and what they look like in the log: sealed, under an alias that lasts one day.

A type that speaks of one pupil names the member that holds the pupil's token and the members that are nobody's
business. The gateway replaces them before the event is framed: ``data`` then has the alias in the token's place, and
:data:`SEALED` and :data:`KEY_REF` in the place of the others. No fold, rule or query needs the key.

Law: 个人信息保护法 (PIPL) Art. 28–31 and 51 (encrypt, de-identify), Art. 47 (delete).
"""

from dataclasses import dataclass
from typing import Final, Literal, NewType

from schemas.clock import DAY_MS, HOUR_MS

SEALED: Final = "sealed"
"""Member of ``data``: base64url of nonce, ciphertext and tag; the plaintext is the original members as JSON."""
KEY_REF: Final = "key_ref"
"""Member of ``data``: the random name of the data key, which says nothing about the pupil."""
SERVICE_DAY_OFFSET_MS: Final = 8 * HOUR_MS - 3 * HOUR_MS
"""A service day runs from 03:00 to 03:00 in Asia/Shanghai: no school bus is under way at that hour, so nobody gets on
under one alias and off under another."""
DAYS_OF_A_KEY: Final = 7
"""A data key serves one pupil for one week, so what is past its time can be made unreadable week by week."""

ErasureGround = Literal["guardian_request", "consent_withdrawn", "purpose_ended", "left_school"]
"""Why a pupil is erased: a closed set, so that nobody writes a name into it."""
ErasureBasis = Literal["pipl_47_1", "pipl_47_2", "pipl_47_3", "pipl_47_4", "pipl_47_5", "minors_rule"]
"""The item of PIPL Art. 47, or the 未成年人网络保护条例 (国务院令第766号)."""
KeyRef = NewType("KeyRef", str)
ServiceDay = NewType("ServiceDay", int)
"""Number of a service day since 1970."""
KeyWeek = NewType("KeyWeek", int)
"""Number of the week that a data key serves."""


@dataclass(frozen=True)
class PupilFields:
    """Which members of ``data`` speak of one pupil."""

    subject: str
    """The member with the pupil's token: an alias stands there in the log."""
    sealed: tuple[str, ...] = ()
    """The members that are in the log only as ciphertext."""


def service_day_of(instant_ms: int) -> ServiceDay:
    """The service day that holds an instant (epoch ms)."""
    return ServiceDay((instant_ms + SERVICE_DAY_OFFSET_MS) // DAY_MS)


def key_week_of(day: ServiceDay) -> KeyWeek:
    """The week of data keys that a service day belongs to."""
    return KeyWeek(day // DAYS_OF_A_KEY)


def key_week_end_ms(week: KeyWeek) -> int:
    """The instant (epoch ms) at which a week of data keys is over."""
    return (week + 1) * DAYS_OF_A_KEY * DAY_MS - SERVICE_DAY_OFFSET_MS
