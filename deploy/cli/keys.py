"""`campanile keys`: the keys that sign checkpoints and bundles."""

import click

from deploy.cli.groups import ExampleGroup

EXAMPLE = "\b\ncampanile keys list\ncampanile keys rotate --yes\n"


@click.group(cls=ExampleGroup, name="keys", help=f"{EXAMPLE}\nSigning keys (Ed25519), each vouched for by the last.")
def command() -> None:
    """Signing keys."""


@command.command(name="list", help=f"{EXAMPLE}\nEvery key's fingerprint, oldest first; pin the first one.")
def list_keys() -> None:
    """List the chain."""
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.evidence.daily import day_of  # noqa: PLC0415 — as above
    from deploy.signing_keys import signing_keys_of  # noqa: PLC0415 — as above
    from schemas.checkpoints import public_key_of  # noqa: PLC0415 — as above

    keychain = signing_keys_of(load_settings()).keychain()
    for key_id, statement in keychain.by_id().items():
        mark = "使用中 / in use" if key_id == keychain.newest else "已轮换 / rotated"
        click.echo(f"{key_id}  {day_of(public_key_of(statement.body).made_ms)}  {mark}")


@command.command(name="rotate", help=f"{EXAMPLE}\nMake a new key, vouched for by the one in use, which is destroyed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def rotate(*, yes: bool) -> None:
    """Rotate."""
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.signing_keys import signing_keys_of  # noqa: PLC0415 — as above
    from schemas.clock import WallClock  # noqa: PLC0415 — as above

    keys = signing_keys_of(load_settings())
    if yes or click.confirm(f"轮换 / rotate {keys.keychain().newest}?", err=True):
        click.echo(keys.rotate(WallClock().now_ms()))
