"""`campanile status`: are the processes well, and how far behind."""

import click

EXAMPLE = "\b\ncampanile status\ncampanile status --json\n"


@click.command(
    name="status",
    help=f"{EXAMPLE}\nEvery process of the running deployment: ready or not, its lag. Exit code 1: not all are ready.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(*, as_json: bool) -> None:
    """Print the status."""
    import json  # noqa: PLC0415 — help must stay fast

    from deploy import status  # noqa: PLC0415 — help must stay fast
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.running import require_running  # noqa: PLC0415 — help must stay fast

    running = require_running(load_settings())
    processes = status.status_of(running)
    shown = status.as_json(running, processes)
    click.echo(json.dumps(shown, ensure_ascii=False) if as_json else "\n".join(status.lines(processes)))
    raise SystemExit(0 if shown["ok"] else 1)
