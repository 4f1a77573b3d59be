"""Does what the plan says, in the order in which it can be repeated after any interruption.

1. Mark: each row gets the time of its class, or of a hold, so that nothing under a hold can go.
2. Let go: the store drops what is past its time, as it would by itself within hours.
3. Destroy the data keys of pupils whose weeks are over: what frames and copies still hold of them is unreadable.
"""

from collections.abc import Mapping

from clickhouse_driver import Client

from deploy.retention.keeping import Expression, days_of_event, days_of_frame
from deploy.retention.plan import RetentionPlan, campuses_on_hold, differing, retention_plan
from ingest.privacy.key_store import KeyStore
from schemas.events import EventType
from schemas.ids import EventTypeName
from schemas.retention import first_kept_week

_AND_WAIT = {"mutations_sync": 1}


def apply_retention(
    client: Client, keys: KeyStore, types: Mapping[EventTypeName, EventType], now_ms: int
) -> RetentionPlan:
    """Carry out what is due; returns the plan that was carried out.

    Raises:
        StoreRefusedError: the store refused; the whole may be repeated.
    """
    plan = retention_plan(client, keys, types, now_ms)
    if plan.events_to_mark:
        _mark(client, "events", days_of_event(types, plan.holds))
    if plan.frames_to_mark:  # after the events, which say what frames are held
        _mark(client, "frames", days_of_frame(plan.holds))
    for table, expired in (("frames", plan.expired_frames), ("events", sum(plan.expired_events.values()))):
        if expired:
            client.execute(f"ALTER TABLE {table} MATERIALIZE TTL", settings=_AND_WAIT)
    # Also when none is due: one that was destroyed and not yet cut out of every file is cut out now.
    keys.destroy_ended(first_kept_week(now_ms), campuses_on_hold(plan.holds), now_ms)
    return plan


def _mark(client: Client, table: str, days: Expression) -> None:
    wrong = differing(days)
    client.execute(
        f"ALTER TABLE {table} UPDATE keep_days = {days.sql} WHERE {wrong.sql}", days.parameters, settings=_AND_WAIT
    )
