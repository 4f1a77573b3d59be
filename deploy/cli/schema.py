"""`campanile schema`: the event contracts as JSON Schema, and whether a change to them breaks a promise."""

from pathlib import Path

import click

from deploy.cli.groups import ExampleGroup

EXPORT_EXAMPLE = "\b\ncampanile schema export\ncampanile schema export --check\n"
CHECK_EXAMPLE = "\b\ncampanile schema check\ncampanile schema check --level FULL\n"


@click.group(cls=ExampleGroup, name="schema", help=f"{EXPORT_EXAMPLE}\nEvent schemas, per type and version.")
def command() -> None:
    """Event schemas, per type and version."""


@command.command(
    name="export",
    help=f"{EXPORT_EXAMPLE}\nWrite JSON Schema per type and version, and a sample of each type that has none yet.",
)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit code 5 when a file is not up to date.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="Another directory than the repository's own.")
def export(target: Path | None, *, only_check: bool) -> None:
    """Write or compare the exported files."""
    from deploy import schema_files  # noqa: PLC0415 — help must stay fast

    schemas_dir = target / "exported" if target else schema_files.SCHEMAS_DIR
    samples_dir = target / "samples" if target else schema_files.SAMPLES_DIR
    if only_check:
        _require_current(schemas_dir, samples_dir)
        return
    for path in schema_files.export(schemas_dir, samples_dir):
        click.echo(path)


@command.command(
    name="check",
    help=f"{CHECK_EXAMPLE}\nCompare the models with the exported schemas; refuse what breaks an existing version.",
)
@click.option(
    "--level", type=click.Choice(["BACKWARD", "FORWARD", "FULL"]), default="BACKWARD", show_default=True,
    help="BACKWARD: new code reads old events. FORWARD: old code reads new events. FULL: both.",
)  # fmt: skip
def check(level: str) -> None:
    """Refuse incompatible changes."""
    from deploy.schema_files import broken_promises  # noqa: PLC0415 — help must stay fast
    from schemas.compatibility import Level  # noqa: PLC0415 — as above
    from schemas.errors import DataFaultError  # noqa: PLC0415 — as above

    broken = broken_promises(Level(level))
    if broken:
        lines = [f"\n  {name}  {problem}" for name, problems in broken.items() for problem in problems]
        raise DataFaultError(
            "已发布的事件模式被不兼容地修改 / a published event schema was changed incompatibly:" + "".join(lines),
            cause="日志里的旧事件必须永远可读 / events already in the log must stay readable",
            remedy="撤回修改，或声明新版本 / undo the change, or declare a new version: event(…, version=2)",
        )
    click.echo(f"{level}: 兼容 / compatible")


def _require_current(schemas_dir: Path, samples_dir: Path) -> None:
    from deploy.schema_files import difference_of  # noqa: PLC0415 — help must stay fast
    from schemas.errors import DataFaultError  # noqa: PLC0415 — as above
    from schemas.export import sample_texts, schema_texts  # noqa: PLC0415 — as above

    schemas_differ = difference_of(schemas_dir, schema_texts())
    samples_differ = difference_of(samples_dir, sample_texts())
    wrong = [*schemas_differ.missing, *schemas_differ.stale, *schemas_differ.orphaned, *samples_differ.missing]
    if wrong:
        raise DataFaultError(
            f"导出的模式不是最新 / exported schemas are not up to date: {', '.join(sorted(set(wrong)))}",
            remedy="campanile schema export",
        )
    click.echo("模式为最新 / schemas are up to date")
