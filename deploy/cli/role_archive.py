"""`campanile archive`: the archive as a process."""

import click

EXAMPLE = "\b\nCAMPANILE_KAFKA__BOOTSTRAP=localhost:9092 CAMPANILE_STORE__HOST=localhost campanile archive\n"


@click.command(
    name="archive",
    help=f"{EXAMPLE}\nWrite every record of the log into the store, exactly once. Several share the partitions.",
)
def command() -> None:
    """Archive until told to stop."""
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.roles.archive import run_archive  # noqa: PLC0415 — help must stay fast

    raise SystemExit(run_archive(load_settings()))
