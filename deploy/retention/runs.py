"""What retention did, run by run: rows of ``retention_runs``, so that anybody can see that it is done, and when."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from clickhouse_driver import Client

from deploy.retention.plan import RetentionPlan
from streams.archive.store_client import rows

AppliedBy = Literal["daily", "command"]
_COLUMNS = (
    "applied_at, ended_at, applied_by, expired_events, expired_frames, marked_events, marked_frames, destroyed_keys, "
    "holds_in_force"
)
_READ = """
SELECT toUnixTimestamp64Milli(applied_at), toUnixTimestamp64Milli(ended_at), applied_by, expired_events,
       expired_frames, marked_events, marked_frames, destroyed_keys, holds_in_force
FROM retention_runs
ORDER BY applied_at DESC, ended_at DESC
LIMIT %(limit)s
"""


@dataclass(frozen=True)
class RetentionRun:
    """One time that retention was applied to its end. Instants in epoch ms."""

    applied_ms: int
    """As of when it was decided what is past its time."""
    ended_ms: int
    applied_by: AppliedBy
    expired_events: int
    """Rows that were past their time and went."""
    expired_frames: int
    marked_events: int
    """Rows whose time was set anew, by their class or a hold."""
    marked_frames: int
    destroyed_keys: int
    """Pupils' keys of weeks that are over."""
    holds_in_force: int


def run_of(plan: RetentionPlan, applied_ms: int, ended_ms: int, applied_by: AppliedBy) -> RetentionRun:
    """What was done, of the plan that was carried out."""
    return RetentionRun(
        applied_ms,
        ended_ms,
        applied_by,
        expired_events=sum(plan.expired_events.values()),
        expired_frames=plan.expired_frames,
        marked_events=plan.events_to_mark,
        marked_frames=plan.frames_to_mark,
        destroyed_keys=plan.pupil_keys_due,
        holds_in_force=len(plan.holds),
    )


def note_run(client: Client, run: RetentionRun) -> None:
    """Keep a run."""
    row = (
        _instant(run.applied_ms),
        _instant(run.ended_ms),
        run.applied_by,
        run.expired_events,
        run.expired_frames,
        run.marked_events,
        run.marked_frames,
        run.destroyed_keys,
        run.holds_in_force,
    )
    client.execute(f"INSERT INTO retention_runs ({_COLUMNS}) VALUES", [row])


def newest_runs(client: Client, limit: int) -> list[RetentionRun]:
    """The newest runs, the newest first."""
    return [RetentionRun(*row) for row in rows(client, _READ, {"limit": limit})]


def last_applied_ms(client: Client) -> int | None:
    """As of when retention was applied last; None: never."""
    newest = newest_runs(client, 1)
    return newest[0].applied_ms if newest else None


def _instant(instant_ms: int) -> datetime:
    return datetime.fromtimestamp(instant_ms / 1000, UTC)
