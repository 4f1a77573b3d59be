"""`campanile history`: events of the past, one JSON object a line, fetched from the API with a token."""

import click

EXAMPLE = """\b
campanile history --scope campus:c-421122-007 --system canteen --from 2026-11-24 --to 2026-11-25
campanile history --scope consortium:k-421122-01 --type canteen.temp.breach.v1 --from 2026-11-01 --to 2026-11-25 | jq
"""


@click.command(name="history", help=f"{EXAMPLE}\nThe token is read from the environment: CAMPANILE_TOKEN.")
@click.option("--scope", required=True, multiple=True, help="campus:…, consortium:… or area:…; may be repeated.")
@click.option("--from", "from_text", required=True, help="From: ISO 8601 or epoch ms; without a zone, China's time.")
@click.option("--to", "to_text", required=True, help="To, exclusive.")
@click.option("--system", multiple=True, help="Only these systems.")
@click.option("--type", "types", multiple=True, help="Only these types.")
@click.option("--subject", multiple=True, help="Only these devices, buses, classes or places.")
@click.option("--clock", type=click.Choice(["occurred", "received"]), default="occurred", show_default=True)
@click.option("--purpose", help="What for; needed where pupils may be spoken of.")
@click.option("--api", "base", help="Address of the API. Default: the one that runs here.")
def command(  # noqa: PLR0913 — one argument an option
    *,
    scope: tuple[str, ...],
    from_text: str,
    to_text: str,
    system: tuple[str, ...],
    types: tuple[str, ...],
    subject: tuple[str, ...],
    clock: str,
    purpose: str | None,
    base: str | None,
) -> None:
    """Print events; exit code 4 when the stream ends before it is whole."""
    from deploy.api_client import ApiClient, epoch_ms  # noqa: PLC0415 — help must stay fast
    from schemas.errors import UnreachableError  # noqa: PLC0415 — as above

    asked = {"scope": scope, "system": system, "type": types, "subject": subject, "clock": (clock,)}
    asked |= {"from_ms": (str(epoch_ms(from_text)),), "to_ms": (str(epoch_ms(to_text)),)}
    if purpose:
        asked["purpose"] = (purpose,)
    last = ""
    for line in ApiClient.of_environment(base).lines("/v1/history/events", asked):
        if last:
            click.echo(last)
        last = line
    if not last.startswith('{"end":'):
        raise UnreachableError("回答不完整 / the answer is not whole", cause=last[:200], remedy="再试一次 / ask again")
    click.echo(last, err=True)
