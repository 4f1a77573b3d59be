"""What retention would change now, counted: rows to mark anew, rows that are past their time, keys that are due."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clickhouse_driver import Client

from deploy.retention.holds import Hold, holds_in_force
from deploy.retention.keeping import Expression, days_of_event, days_of_frame, is_held
from ingest.privacy.key_store import KeyStore
from schemas.events import EventType
from schemas.ids import CampusId, EventTypeName
from schemas.retention import first_kept_week
from streams.archive.store_client import rows


@dataclass(frozen=True)
class RetentionPlan:
    """What is to be done, in numbers."""

    holds: tuple[Hold, ...] = ()
    held_events: dict[str, int] = field(default_factory=dict)
    """Rows under each hold, by its id."""
    events_to_mark: int = 0
    """Rows whose time is not what their class, or a hold, says."""
    frames_to_mark: int = 0
    expired_events: dict[str, int] = field(default_factory=dict)
    """Rows past their time, by type."""
    expired_frames: int = 0
    pupil_keys_due: int = 0
    """Data keys of weeks that are past the time of pupils' data."""

    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (
            self.events_to_mark
            or self.frames_to_mark
            or self.expired_events
            or self.expired_frames
            or self.pupil_keys_due
        )


def retention_plan(
    client: Client, keys: KeyStore, types: Mapping[EventTypeName, EventType], now_ms: int
) -> RetentionPlan:
    """The plan, as of ``now_ms``; nothing is changed."""
    holds = tuple(holds_in_force(client))
    event_days, frame_days = days_of_event(types, holds), days_of_frame(holds)
    return RetentionPlan(
        holds=holds,
        held_events={hold.hold_id: _count(client, "events", is_held([hold])) for hold in holds},
        events_to_mark=_count(client, "events", differing(event_days)),
        frames_to_mark=_count(client, "frames", differing(frame_days)),
        expired_events=_expired_events(client, event_days, now_ms),
        expired_frames=_count(client, "frames", _past(frame_days, now_ms)),
        pupil_keys_due=keys.count_ended(first_kept_week(now_ms), campuses_on_hold(holds)),
    )


def differing(days: Expression) -> Expression:
    """The rows whose time is not what it must be."""
    return Expression(f"keep_days != {days.sql}", days.parameters)


def campuses_on_hold(holds: tuple[Hold, ...]) -> frozenset[CampusId]:
    """Campuses of which nothing that a key opens may be made unreadable."""
    return frozenset(campus_id for hold in holds for campus_id in hold.campus_ids)


def _past(days: Expression, now_ms: int) -> Expression:
    end = "toDateTime(recorded_at) + toIntervalDay(" + days.sql + ")"
    return Expression(f"{end} <= toDateTime(intDiv(%(now_ms)s, 1000))", days.parameters | {"now_ms": now_ms})


def _expired_events(client: Client, days: Expression, now_ms: int) -> dict[str, int]:
    past = _past(days, now_ms)
    sql = f"SELECT type, count() FROM events WHERE {past.sql} GROUP BY type ORDER BY type"  # noqa: S608 — our own text
    return dict(rows(client, sql, past.parameters))


def _count(client: Client, table: str, condition: Expression) -> int:
    sql = f"SELECT count() FROM {table} WHERE {condition.sql}"  # noqa: S608 — our own text, values are parameters
    return int(rows(client, sql, condition.parameters)[0][0])
