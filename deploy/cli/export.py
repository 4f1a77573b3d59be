"""`campanile export`: events of the past as files, fetched from the API and checked against their manifest."""

import click

EXAMPLE = """\b
campanile export --scope campus:c-421122-007 --from 2026-11-24 --to 2026-11-25 --format csv --to-file morning.zip
campanile export --scope consortium:k-421122-01 --system canteen --from 2026-11-01 --to 2026-11-25 \\
    --format xlsx --format parquet --purpose "monthly review" --to-file canteen.zip
"""


@click.command(name="export", help=f"{EXAMPLE}\nThe token is read from the environment: CAMPANILE_TOKEN.")
@click.option("--scope", required=True, multiple=True, help="campus:…, consortium:… or area:…; may be repeated.")
@click.option("--from", "from_text", required=True, help="From: ISO 8601 or epoch ms; without a zone, China's time.")
@click.option("--to", "to_text", required=True, help="To, exclusive.")
@click.option("--format", "formats", required=True, multiple=True, help="ndjson, csv, xlsx, parquet, gpx or kml.")
@click.option("--system", multiple=True, help="Only these systems.")
@click.option("--type", "types", multiple=True, help="Only these types.")
@click.option("--subject", multiple=True, help="Only these devices, buses, classes or places.")
@click.option("--clock", type=click.Choice(["occurred", "received"]), default="occurred", show_default=True)
@click.option("--purpose", help="What for; needed where pupils may be spoken of.")
@click.option("--api", "base", help="Address of the API. Default: the one that runs here.")
@click.option("--to-file", "target", required=True, type=click.Path(dir_okay=False, writable=True))
def command(  # noqa: PLR0913 — one argument an option
    *,
    scope: tuple[str, ...],
    from_text: str,
    to_text: str,
    formats: tuple[str, ...],
    system: tuple[str, ...],
    types: tuple[str, ...],
    subject: tuple[str, ...],
    clock: str,
    purpose: str | None,
    base: str | None,
    target: str,
) -> None:
    """Fetch an export and check it."""
    from pathlib import Path  # noqa: PLC0415 — help must stay fast

    from deploy.api_client import ApiClient, epoch_ms  # noqa: PLC0415 — as above
    from deploy.export_check import check_export  # noqa: PLC0415 — as above

    asked = {"scope": scope, "format": formats, "system": system, "type": types, "subject": subject, "clock": (clock,)}
    asked |= {"from_ms": (str(epoch_ms(from_text)),), "to_ms": (str(epoch_ms(to_text)),)}
    if purpose:
        asked["purpose"] = (purpose,)
    ApiClient.of_environment(base).download("/v1/exports", asked, Path(target))
    for line in check_export(Path(target)):
        click.echo(line)
