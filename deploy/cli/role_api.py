"""`campanile api`: the process role that answers people."""

import click

EXAMPLE = "\b\ncampanile api\n"


@click.command(name="api", help=f"{EXAMPLE}\nAnswer people: REST and server-sent events over the live view.")
def command() -> None:
    """Run until SIGTERM."""
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.roles.api import run_api  # noqa: PLC0415 — help must stay fast

    raise SystemExit(run_api(load_settings()))
