"""The transitions of alerts in a replay's order, from the archive. Blocking.

By the device's clock a transition stands where it took effect, by the gateway's where the log took it.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from clickhouse_driver import Client

from api.replay.marks import Mark
from api.replay.place import AFTER_RECORD, Place
from api.replay.query import ReplayQuery
from streams.archive.store_client import rows

AT_ONCE: Final = 2_000
_ALERTS: Final = "(SELECT *, at AS occurred_at, recorded_at AS received_at FROM alerts FINAL)"
"""With the names that the predicate of a scope knows."""
_PAGE: Final = (
    "SELECT toUnixTimestamp64Milli({column}) AS at_ms, partition, offset, alert_id, campus_id, system, rule, "
    "rule_version, severity, subject, state, toUnixTimestamp64Milli(since_at), toUnixTimestamp64Milli(raised_at), "
    "causes, detail FROM {alerts} WHERE {condition} ORDER BY at_ms, partition, offset, alert_id, state "
    "LIMIT %(limit)s"
)
_NEIGHBOUR: Final = (
    "SELECT {extreme}(toUnixTimestamp64Milli({column})), count() FROM {alerts} WHERE {condition} AND state = 'open'"
)
Direction = Literal["next_alert", "previous_alert"]


class AlertReader:
    """Reads the alerts of a run page by page."""

    def __init__(self, query: ReplayQuery) -> None:
        self._query = query
        self._kept: list[Mark] = []
        self._complete_to_ms = query.from_ms
        """Every mark before this instant is kept or was taken."""

    def until(self, client: Client, at_ms: int) -> list[Mark]:
        """Every alert before an instant that was not dropped, in order."""
        while self._complete_to_ms < at_ms:
            self._read(client)
        return self._kept

    def drop_before(self, place: Place) -> None:
        """Forget what a run is past."""
        self._complete_to_ms = max(self._complete_to_ms, place.at_ms)
        self._kept = [mark for mark in self._kept if mark.place > place]

    def _read(self, client: Client) -> None:
        """The next page, as whole instants; one instant may be more than a page."""
        limit, query = AT_ONCE, self._query
        while True:
            condition = query.alerts_between(self._complete_to_ms, query.to_ms)
            sql = _PAGE.format(column=query.column, alerts=_ALERTS, condition=condition.sql)
            found = rows(client, sql, {**condition.parameters, "limit": limit})
            if len(found) < limit:
                self._kept += _marks(found)
                self._complete_to_ms = query.to_ms
                return
            last_ms = found[-1][0]
            whole = [row for row in found if row[0] < last_ms]
            if whole:
                self._kept += _marks(whole)
                self._complete_to_ms = last_ms
                return
            limit *= 4


def neighbour(client: Client, query: ReplayQuery, direction: Direction, at_ms: int) -> int | None:
    """The instant of the nearest alert that was raised after (or before) an instant; None if there is none."""
    is_next = direction == "next_alert"
    span = (max(at_ms + 1, query.from_ms), query.to_ms) if is_next else (query.from_ms, at_ms)
    if span[0] >= span[1]:
        return None
    condition = query.alerts_between(*span)
    extreme = "min" if is_next else "max"
    sql = _NEIGHBOUR.format(extreme=extreme, column=query.column, alerts=_ALERTS, condition=condition.sql)
    found_ms, count = rows(client, sql, dict(condition.parameters))[0]
    return int(found_ms) if count else None


def _marks(found: list[tuple[Any, ...]]) -> list[Mark]:
    marks: list[Mark] = []
    for row in found:
        place = Place(row[0], row[1], row[2], AFTER_RECORD + 1)
        if marks and marks[-1].place[:3] == place[:3]:
            place = place._replace(rank=marks[-1].place.rank + 1)
        marks.append(Mark(place, "alert", msgspec.json.encode(_told(row))))
    return marks


def _told(row: tuple[Any, ...]) -> Mapping[str, object]:
    at_ms, partition, offset, *texts = row[:3] + row[3:7] + row[9:11]
    alert_id, campus_id, system, rule, subject, state = (text.decode() for text in texts)
    return {
        "at_ms": at_ms,
        "alert_id": alert_id,
        "campus_id": campus_id,
        "system": system,
        "rule": rule,
        "rule_version": row[7],
        "severity": row[8],
        "subject": subject,
        "state": state,
        "since_ms": row[11],
        "raised_ms": row[12],
        "causes": [cause.decode() for cause in row[13]],
        "partition": partition,
        "offset": offset,
        "detail": msgspec.Raw(row[14] or b"{}"),
    }
