"""`campanile streams`: a stream worker as a process."""

import click

EXAMPLE = "\b\ncampanile streams\nCAMPANILE_KAFKA__BOOTSTRAP=kafka:9092 campanile streams\n"


@click.command(name="streams", help=f"{EXAMPLE}\nFold the log into state; any number of workers share the partitions.")
def command() -> None:
    """Run a worker."""
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.roles.streams import run_streams  # noqa: PLC0415 — help must stay fast

    raise SystemExit(run_streams(load_settings()))
