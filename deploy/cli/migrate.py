"""`campanile migrate`: the store's tables as they must be against the tables as they are."""

import json
import logging
from typing import TYPE_CHECKING

import click

from deploy.cli.groups import ExampleGroup

if TYPE_CHECKING:
    from deploy.migrations.runner import MigrationRunner

EXAMPLE = "\b\ncampanile migrate plan\ncampanile migrate apply --yes\ncampanile migrate status --json\n"
UP_TO_DATE = "数据表已是最新 / the store is up to date"


@click.group(cls=ExampleGroup, name="migrate", help=f"{EXAMPLE}\nThe tables of the store.")
def command() -> None:
    """Group of the migration commands."""


@command.command(name="plan", help=f"{EXAMPLE}\nShow what `apply` would do; exit code 1 when there is something.")
@click.option("--sql", is_flag=True, help="Show the statements too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
def plan(*, sql: bool, as_json: bool) -> None:
    """Show the migrations that are needed."""
    todo = _runner().plan()
    if as_json:
        click.echo(json.dumps([{"version": m.version, "name": m.name, "statements": m.statements} for m in todo]))
    else:
        for migration in todo:
            click.echo(f"+ {migration.version:04d}_{migration.name}")
            for statement in migration.statements if sql else ():
                click.echo(f"{statement};\n")
        click.echo("" if todo else UP_TO_DATE, nl=not todo)
    raise SystemExit(1 if todo else 0)


@command.command(name="apply", help=f"{EXAMPLE}\nCarry out what is needed. Data is never removed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--wait", "wait_s", type=float, default=60.0, show_default=True, help="Seconds to wait for the store.")
def apply(*, yes: bool, wait_s: float) -> None:
    """Carry the migrations out."""
    runner = _runner()
    if not yes:
        todo = runner.plan()
        if todo:
            click.confirm(f"执行 {len(todo)} 个迁移 / carry out {len(todo)} migrations?", err=True, abort=True)
    done = runner.apply(lambda line: click.echo(line, err=True), wait_s=wait_s)
    click.echo(f"已执行 {done} 个迁移 / {done} migrations carried out" if done else UP_TO_DATE)


@command.command(name="status", help=f"{EXAMPLE}\nEvery migration and how far the store is with it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
def status(*, as_json: bool) -> None:
    """Show every migration."""
    found = _runner().status()
    if as_json:
        click.echo(json.dumps([vars(line) for line in found]))
        return
    for line in found:
        click.echo(f"{line.version:04d}  {line.name:<24}  {line.status:<12}  {line.checksum[:12]}")


def _runner() -> "MigrationRunner":
    logging.getLogger("clickhouse_driver").setLevel(logging.ERROR)  # a store that is starting is no news
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.migrations.runner import MigrationRunner  # noqa: PLC0415 — help must stay fast
    from deploy.store_address import store_of  # noqa: PLC0415 — help must stay fast

    return MigrationRunner(store_of(load_settings()))
