"""`campanile doctor`: the examination."""

import click

EXAMPLE = "\b\ncampanile doctor\ncampanile doctor --fix\ncampanile doctor --json | jq 'select(.level != \"fine\")'\n"


@click.command(
    name="doctor",
    help=f"{EXAMPLE}\nExamine machine, settings, Kafka and store. Exit code: the worst finding (0, 1, 3, 4 or 5).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--fix", "mend", is_flag=True, help="Mend what can be mended without a decision.")
def command(*, as_json: bool, mend: bool) -> None:
    """Examine."""
    import json  # noqa: PLC0415 — help must stay fast

    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.doctor.examine import examine  # noqa: PLC0415 — help must stay fast
    from deploy.doctor.finding import Level  # noqa: PLC0415 — help must stay fast

    words = {Level.FINE: "好 / fine", Level.WARNING: "注意 / look"}
    worst = Level.FINE
    for finding in examine(load_settings()):
        mended = mend and finding.fix is not None
        if finding.fix is not None and mend:
            finding.fix()
        worst = max(worst, Level.FINE if mended else finding.level)
        if as_json:
            click.echo(json.dumps(finding.as_json() | {"mended": mended}, ensure_ascii=False))
            continue
        word = "已修 / mended" if mended else words.get(finding.level, "有误 / wrong")
        click.echo(f"{word:<14}  {finding.check:<16}  {finding.detail}")
        if finding.remedy and finding.level is not Level.FINE and not mended:
            click.echo(f"{'':<14}  {'':<16}  → {finding.remedy}")
    raise SystemExit(int(worst))
