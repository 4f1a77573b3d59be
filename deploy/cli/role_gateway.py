"""`campanile gateway`: the ingest gateway as a process."""

import sys

import click

EXAMPLE = "\b\nCAMPANILE_KAFKA__BOOTSTRAP=127.0.0.1:9092 campanile gateway\n"


@click.command(name="gateway", help=f"{EXAMPLE}\nTake events in over HTTP; several may share one port.")
def command() -> None:
    """Serve until told to stop."""
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.roles.gateway import run_gateway  # noqa: PLC0415 — help must stay fast

    sys.exit(run_gateway(load_settings()))
