"""`campanile token`: bearer tokens of sources that send and of people or programs that look."""

import click

from deploy.cli.groups import ExampleGroup

EXAMPLE = """\b
campanile token issue source --campus c-421122-007 --system school_bus --days 365
campanile token issue viewer --role supervisor --scope consortium:k-421122-01 --days 90
campanile token list --json
campanile token revoke 0123456789ab --yes
"""
DAYS = click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="Days it is valid.")


@click.group(
    cls=ExampleGroup, name="token", help=f"{EXAMPLE}\nA token is shown once, when it is issued; only its hash is kept."
)
def command() -> None:
    """Tokens."""


@command.group(cls=ExampleGroup, name="issue", help=f"{EXAMPLE}\nMake a token and print it, once, on stdout.")
def issue() -> None:
    """Make a token."""


@issue.command(name="source", help=f"{EXAMPLE}\nA token that may send events of these systems for these campuses.")
@click.option("--campus", "campuses", multiple=True, required=True, help="Campus id; may be repeated.")
@click.option("--system", "systems", multiple=True, required=True, help="Campus system; may be repeated.")
@DAYS
def issue_source(campuses: tuple[str, ...], systems: tuple[str, ...], days: int) -> None:
    """Issue a source token."""
    from deploy.token_desk import TokenDesk  # noqa: PLC0415 — help must stay fast

    click.echo(TokenDesk.of_this_deployment().issue_source(campuses, systems, days))


@issue.command(name="viewer", help=f"{EXAMPLE}\nA token that may look at what lies within these scopes.")
@click.option("--role", required=True, help="supervisor, principal, bureau or operator.")
@click.option("--scope", "scopes", multiple=True, help="consortium:<id>, campus:<id> or area:<id>; may be repeated.")
@DAYS
def issue_viewer(role: str, scopes: tuple[str, ...], days: int) -> None:
    """Issue a viewer token."""
    from deploy.token_desk import TokenDesk  # noqa: PLC0415 — help must stay fast

    click.echo(TokenDesk.of_this_deployment().issue_viewer(role, scopes, days))


@command.command(name="revoke", help=f"{EXAMPLE}\nRevoke tokens by their public id; it holds within a second.")
@click.argument("token_ids", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def revoke(token_ids: tuple[str, ...], *, yes: bool) -> None:
    """Revoke tokens."""
    from deploy.token_desk import TokenDesk  # noqa: PLC0415 — help must stay fast

    if yes or click.confirm(f"吊销 / revoke {', '.join(token_ids)}?", err=True):
        TokenDesk.of_this_deployment().revoke(token_ids)
        click.echo(f"已吊销 / revoked: {', '.join(token_ids)}", err=True)


@command.command(name="list", help=f"{EXAMPLE}\nEvery token: id, kind, what it may, until when, whether revoked.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_tokens(*, as_json: bool) -> None:
    """List tokens."""
    import json  # noqa: PLC0415 — help must stay fast

    from deploy.token_desk import TokenDesk  # noqa: PLC0415 — help must stay fast

    for row in TokenDesk.of_this_deployment().rows():
        if as_json:
            click.echo(json.dumps(row._asdict(), ensure_ascii=False))
        else:
            state = "吊销 / revoked" if row.revoked else row.until or "不限 / open"
            click.echo(f"{row.token_id}  {row.kind:<6}  {state:<26}  {row.may}")
