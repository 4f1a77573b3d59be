"""`campanile retention`: what is past its time, what goes, and what a legal hold keeps."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import click

from deploy.cli.groups import ExampleGroup

if TYPE_CHECKING:
    from deploy.retention.desk import RetentionDesk
    from deploy.retention.holds import Hold
    from deploy.retention.plan import RetentionPlan
    from deploy.retention.runs import RetentionRun

EXAMPLE = """\b
campanile retention plan
campanile retention apply --yes
campanile retention hold --campus c-421122-007 --from 2026-11-24 --to 2026-11-25 --reason "case 17" --by auditor-1
campanile retention release hold-0123456789ab
campanile retention runs
"""
CHINA = timezone(timedelta(hours=8))
WHEN = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.group(cls=ExampleGroup, name="retention", help=f"{EXAMPLE}\nWhat is kept, for how long, and what is held back.")
def command() -> None:
    """Group of the retention commands."""


@command.command(name="plan", help=f"{EXAMPLE}\nShow what `apply` would do; exit code 1 when there is something.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def plan(*, as_json: bool) -> None:
    """Show what is due."""
    with _desk() as desk:
        found = desk.plan()
    click.echo(json.dumps(asdict(found), ensure_ascii=False) if as_json else _words(found))
    raise SystemExit(0 if found.is_empty() else 1)


@command.command(name="apply", help=f"{EXAMPLE}\nLet go what is past its time and destroy pupils' keys that are due.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def apply(*, yes: bool) -> None:
    """Carry out what is due."""
    with _desk() as desk:
        if not yes:
            click.echo(_words(desk.plan()), err=True)
            click.confirm("执行？不可恢复 / carry it out? It cannot be undone", err=True, abort=True)
        click.echo(_words(desk.apply()))


@command.command(name="hold", help=f"{EXAMPLE}\nKeep what happened on these campuses in this time until released.")
@click.option("--campus", "campuses", multiple=True, required=True, help="Campus id; may be repeated.")
@click.option("--system", "systems", multiple=True, help="Campus system; may be repeated; none: every one.")
@click.option("--from", "start", type=WHEN, required=True, help="Beijing time.")
@click.option("--to", "end", type=WHEN, required=True, help="Beijing time, exclusive.")
@click.option("--reason", required=True, help="The case; never a name.")
@click.option("--by", required=True, help="Who orders it: an opaque reference.")
def hold(  # noqa: PLR0913 — a hold has these parts
    campuses: tuple[str, ...], systems: tuple[str, ...], *, start: datetime, end: datetime, reason: str, by: str
) -> None:
    """Place a hold and mark at once what it covers."""
    with _desk() as desk:
        placed = desk.hold(campuses, systems, from_ms=_ms(start), to_ms=_ms(end), reason=reason, by=by)
    click.echo(placed.hold_id)


@command.command(name="release", help=f"{EXAMPLE}\nEnd a hold; what is past its time goes with the next `apply`.")
@click.argument("hold_id")
def release(hold_id: str) -> None:
    """Release a hold."""
    with _desk() as desk:
        desk.release(hold_id)
    click.echo(f"已解除 / released: {hold_id}", err=True)


@command.command(name="holds", help=f"{EXAMPLE}\nEvery hold that was ever placed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def holds(*, as_json: bool) -> None:
    """List holds."""
    with _desk() as desk:
        for found in desk.holds():
            click.echo(json.dumps(asdict(found), ensure_ascii=False) if as_json else _line(found))


@command.command(name="runs", help=f"{EXAMPLE}\nThe newest times that retention was applied, and what went.")
@click.option("--limit", type=click.IntRange(1, 1000), default=31, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def runs(limit: int, *, as_json: bool) -> None:
    """List runs."""
    with _desk() as desk:
        for found in desk.runs(limit):
            click.echo(json.dumps(asdict(found)) if as_json else _run_line(found))


def _words(found: "RetentionPlan") -> str:
    lines = [f"保全 / hold  {hold_id}: {events} 件事件 / events" for hold_id, events in found.held_events.items()]
    lines += [f"到期 / expired  {type_name}: {events}" for type_name, events in found.expired_events.items()]
    numbers = {
        "到期的日志帧 / expired frames": found.expired_frames,
        "需改保留期的事件 / events to mark anew": found.events_to_mark,
        "需改保留期的日志帧 / frames to mark anew": found.frames_to_mark,
        "到期的学生密钥 / pupils' keys due": found.pupil_keys_due,
    }
    lines += [f"{name}: {number}" for name, number in numbers.items() if number]
    return "\n".join(lines) if lines else "没有到期的内容 / nothing is due"


def _line(found: "Hold") -> str:
    state = "在生效 / in force" if found.released_ms is None else f"已解除 / released {_when(found.released_ms)}"
    what = ",".join(found.systems) or "*"
    return (
        f"{found.hold_id}  {state}  {','.join(found.campus_ids)}  {what}  "
        f"{_when(found.from_ms)} – {_when(found.to_ms)}  {found.placed_by}: {found.reason}"
    )


def _run_line(found: "RetentionRun") -> str:
    numbers = {
        "事件 / events": found.expired_events,
        "日志帧 / frames": found.expired_frames,
        "密钥 / keys": found.destroyed_keys,
        "保全 / holds": found.holds_in_force,
    }
    went = "  ".join(f"{name} {number}" for name, number in numbers.items())
    return f"{_when(found.applied_ms)}  {found.applied_by:<7}  {went}"


def _ms(local: datetime) -> int:
    return int(local.replace(tzinfo=CHINA).timestamp() * 1000)


def _when(instant_ms: int) -> str:
    return datetime.fromtimestamp(instant_ms / 1000, UTC).astimezone(CHINA).isoformat(timespec="seconds")


@contextmanager
def _desk() -> Iterator["RetentionDesk"]:
    from deploy.retention.desk import open_desk  # noqa: PLC0415 — help must stay fast

    with open_desk() as desk:
        yield desk
