"""Which events a reader of the log wants, and how one looks as a line. Pure."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.clock import CHINA_OFFSET_MS, HOUR_MS, MINUTE_MS, SECOND_MS, local_midnight_ms
from schemas.errors import CampanileError
from schemas.frame import LoggedEvent

UNITS_MS = {"s": SECOND_MS, "m": MINUTE_MS, "h": HOUR_MS}
_AGO = re.compile(r"^(\d{1,6})([smh])$")
_OF_DAY = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$")


class SinceError(CampanileError):
    """What stands after ``--since`` is no instant."""

    code = "CAMP-240"
    exit_code = 2


def parse_since(text: str, now_ms: int) -> int:
    """The instant that a person means: ``start``, ``10m`` (ago), ``08:00`` (today, Asia/Shanghai) or ISO 8601.

    Raises:
        SinceError: it is none of these.
    """
    if text == "start":
        return 0
    if ago := _AGO.match(text):
        return now_ms - int(ago[1]) * UNITS_MS[ago[2]]
    if of_day := _OF_DAY.match(text):
        hours, minutes, seconds = (int(part or 0) for part in of_day.groups())
        return local_midnight_ms(now_ms) + hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise _no_instant(text) from error
    if instant.tzinfo is None:
        return int(instant.replace(tzinfo=UTC).timestamp() * 1000) - CHINA_OFFSET_MS
    return int(instant.timestamp() * 1000)


def _no_instant(text: str) -> SinceError:
    return SinceError(
        f"看不懂的时间 / no instant: {text}", remedy="start, 10m, 2h, 08:00, 2026-11-24T08:00, 2026-11-24T00:00:00Z"
    )


@dataclass(frozen=True)
class EventQuery:
    """What is wanted. ``type_prefix`` takes a system, a part of a type, or a whole type."""

    campus_id: str | None = None
    type_prefix: str = ""
    since_ms: int = 0
    """By receipt at the gateway."""

    def wants(self, event: LoggedEvent) -> bool:
        """Whether the event is one of them."""
        return (
            event.receivedms >= self.since_ms
            and event.type.startswith(self.type_prefix)
            and (self.campus_id is None or event.campusid == self.campus_id)
        )


def line_of(event: LoggedEvent) -> str:
    """The event for people: local time of day, campus, type, subject, data."""
    at = datetime.fromtimestamp((event.occurredms + CHINA_OFFSET_MS) / 1000, UTC)
    time = at.strftime("%H:%M:%S.") + f"{event.occurredms % 1000:03d}"
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return f"{time}  {event.campusid}  {event.type}  {event.subject}  {data}"
