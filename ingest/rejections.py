"""Why an event was refused: a closed set of words for counting, and a sentence for people."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """One word for each kind of refusal; label of the metric, header of the dead letter, member of the answer."""

    NOT_JSON = "not_json"
    INVALID = "invalid"
    UNKNOWN_TYPE = "unknown_type"
    DUPLICATE_KEY = "duplicate_key"
    TOO_LARGE = "too_large"
    FOREIGN_CAMPUS = "foreign_campus"
    FOREIGN_SYSTEM = "foreign_system"
    FROM_THE_FUTURE = "from_the_future"
    BEFORE_2000 = "before_2000"


FOREIGN = frozenset({Reason.FOREIGN_CAMPUS, Reason.FOREIGN_SYSTEM})

DETAILS = {
    Reason.UNKNOWN_TYPE: "type：没有这种事件 / no such event type",
    Reason.DUPLICATE_KEY: "同一对象中有重复的成员名 / an object names a member twice",
    Reason.TOO_LARGE: "单个事件不得超过 64 KiB / one event may have at most 64 KiB",
    Reason.FOREIGN_CAMPUS: "campusid：此令牌不能代表该校区 / this token does not speak for that campus",
    Reason.FOREIGN_SYSTEM: "type：此令牌不能发送该系统的事件 / this token may not send events of that system",
    Reason.FROM_THE_FUTURE: (
        "time：比收到时晚 24 小时以上，请校准设备时钟 / more than 24 h after receipt: set the device's clock"
    ),
    Reason.BEFORE_2000: "time：早于 2000 年，请校准设备时钟 / before the year 2000: set the device's clock",
}


@dataclass(frozen=True)
class Rejection:
    """An event that was refused. ``detail`` never repeats the input."""

    reason: Reason
    detail: str
    event_id: str | None = None


def rejection(reason: Reason, event_id: str | None = None) -> Rejection:
    """A rejection whose sentence is always the same."""
    return Rejection(reason, DETAILS[reason], event_id)
