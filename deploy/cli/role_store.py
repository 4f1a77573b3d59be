"""`campanile store`: the embedded store as a process."""

import click

EXAMPLE = "\b\nCAMPANILE_STORE__PASSWORD_FILE=store.secret CAMPANILE_EMBEDDED__STORE_PORT=9000 campanile store\n"


@click.command(
    name="store",
    help=f"{EXAMPLE}\nRun the embedded ClickHouse store on loopback; its data is kept under CAMPANILE_DATA_DIR.",
)
def command() -> None:
    """Run the store until it is told to stop."""
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.roles.store import run_store  # noqa: PLC0415 — help must stay fast

    raise SystemExit(run_store(load_settings()))
