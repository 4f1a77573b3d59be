"""`campanile bench`: speed, each figure beside its target."""

import click

EXAMPLE = "\b\ncampanile bench\ncampanile bench --only throughput\ncampanile bench --only city --json\n"
BENCHES = (
    *("throughput", "cost", "city", "single", "restore", "takeover"),
    *("authority", "past", "snapshots", "proof", "replay", "history", "identity", "sealing"),
)


@click.command(
    name="bench",
    help=f"{EXAMPLE}\nMeasure the product on this machine, embedded services and load included. Takes some minutes.",
)
@click.option("--only", multiple=True, type=click.Choice(BENCHES), help="One of them; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines only.")
def command(only: tuple[str, ...], *, as_json: bool) -> None:
    """Run the benchmarks one after another; exit code 1 when a target is missed."""
    from importlib import import_module  # noqa: PLC0415 — help must stay fast

    missed = False
    for name in only or BENCHES:
        click.echo(f"{name} …", err=True)
        report = import_module(f"deploy.bench.{name}").measure(lambda line: click.echo(line, err=True))
        if not as_json:
            click.echo("\n".join(report.lines()))
        click.echo(report.json_line())
        missed |= any(figure.is_met is False for figure in report.figures)
    raise SystemExit(1 if missed else 0)
