"""`campanile config`: what is set, to what, and by whom."""

import json

import click

from deploy.cli.groups import ExampleGroup

EXAMPLE = "\b\ncampanile config show\nCAMPANILE_GATEWAY__PORT=9000 campanile config show --json\n"


@click.group(cls=ExampleGroup, name="config", help=f"{EXAMPLE}\nSettings of this process.")
def command() -> None:
    """Settings of this process."""


@command.command(name="show", help=f"{EXAMPLE}\nEvery setting, its value and its source; secrets are masked.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(*, as_json: bool) -> None:
    """Print every setting."""
    from deploy.configuration.loading import describe, load_settings  # noqa: PLC0415 — help must stay fast

    rows = list(describe(load_settings()))
    if as_json:
        click.echo(json.dumps({row.name: row._asdict() for row in rows}, ensure_ascii=False, indent=1))
        return
    width = max(len(row.name) for row in rows)
    for row in rows:
        click.echo(f"{row.name:<{width}}  {row.value:<24}  [{row.source}]  {row.description}")
