"""Pages of open alerts: worst first, then newest first; a page goes on after the last alert of the one before."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import nsmallest

import msgspec

from api.authority.sight import Sight
from api.errors import InvalidQueryError
from api.live.alert_book import AlertBook
from schemas.alerts import Alert
from schemas.ids import CampusId

SortKey = tuple[int, int, str]
_KEY = msgspec.json.Decoder(tuple[int, int, str])


@dataclass(frozen=True)
class AlertQuery:
    """Which alerts are wanted; an empty set means all."""

    severities: frozenset[int] = frozenset()
    systems: frozenset[str] = frozenset()
    campuses: frozenset[str] = frozenset()
    limit: int = 100
    after: str | None = None

    def takes(self, alert: Alert) -> bool:
        """Whether an alert is wanted."""
        return (not self.severities or alert.severity in self.severities) and (
            not self.systems or alert.system in self.systems
        )


def sort_key(alert: Alert) -> SortKey:
    """Worst severity first, then the newest."""
    return alert.severity, -alert.raised_ms, alert.alert_id


def page_of(book: AlertBook, visible: Mapping[CampusId, Sight], query: AlertQuery) -> tuple[list[Alert], str | None]:
    """The page of what may be seen of each campus, and the ``after`` of the next one, if there is one.

    Raises:
        InvalidQueryError: ``after`` is not one that a page gave.
    """
    start = _decode(query.after) if query.after is not None else None
    wanted = (
        entry.alert
        for campus_id, sight in visible.items()
        if not query.campuses or campus_id in query.campuses
        for entry in book.of_campus(campus_id)
        if query.takes(entry.alert) and sight.shows_alert(entry.alert.system, entry.alert.severity)
        if start is None or sort_key(entry.alert) > start
    )
    found = nsmallest(query.limit + 1, wanted, key=sort_key)
    if len(found) <= query.limit:
        return found, None
    return found[: query.limit], _encode(sort_key(found[query.limit - 1]))


def _encode(key: SortKey) -> str:
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def _decode(text: str) -> SortKey:
    try:
        return _KEY.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, msgspec.MsgspecError) as error:
        raise InvalidQueryError(
            "翻页标记有误 / `after` is not one that a page gave", remedy="从第一页重新开始 / start at the first page"
        ) from error
