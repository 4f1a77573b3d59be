"""`campanile demo`: everything on this machine, and a county's school morning on it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.cli.county import county_options

if TYPE_CHECKING:  # help must stay fast
    from deploy.demo.county_process import CountyOptions

EXAMPLE = """\b
campanile demo
campanile demo --speed 10
campanile demo --list-incidents
campanile demo --campuses 1667 --consortia 167 --keep --data-dir var/city
"""


@click.command(
    name="demo",
    help=f"{EXAMPLE}\nA county from 06:50 on a school day: embedded Kafka and store, gateway, streams, archive, API, "
    "and simulated campuses that send to the gateway. Ctrl-C ends it and deletes its data.",
)
@county_options
@click.option("--speed", type=click.FloatRange(1, 60), default=1, show_default=True, help="How fast its clock runs.")
@click.option("--keep", is_flag=True, help="Keep the data; the next demo there shows the following school day.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Default: demo in the data_dir.")
@click.option("--gateway-port", type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--api-port", type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead, with accounts and commands.")
@click.option("--list-incidents", is_flag=True, help="Print what will go wrong, where and when; start nothing.")
def command(  # noqa: PLR0913, PLR0917 — click passes each option
    campuses: int,
    consortia: int,
    seed: int,
    track: Path | None,
    speed: float,
    data_dir: Path | None,
    gateway_port: int | None,
    api_port: int | None,
    *,
    keep: bool,
    as_json: bool,
    list_incidents: bool,
) -> None:
    """Run the demonstration."""
    from deploy.demo.county_process import CountyOptions  # noqa: PLC0415 — help must stay fast

    county = CountyOptions(campuses, consortia, seed, track)
    if list_incidents:
        _list_incidents(county)
        return
    from deploy.demo.demonstration import DemoOptions, run_demo  # noqa: PLC0415 — as above
    from deploy.logs import configure_logging  # noqa: PLC0415 — as above
    from schemas.clock import WallClock  # noqa: PLC0415 — as above

    configure_logging("warning", "supervisor")
    options = DemoOptions(county, speed, keep, data_dir, gateway_port, api_port, as_json)
    raise SystemExit(run_demo(options, WallClock(), say=lambda line: click.echo(line, err=True), show=click.echo))


def _list_incidents(county: "CountyOptions") -> None:
    from deploy.demo.school_day import latest_school_day  # noqa: PLC0415 — help must stay fast
    from deploy.demo.scripting import write_script  # noqa: PLC0415 — as above
    from deploy.demo.words import incident_lines  # noqa: PLC0415 — as above
    from schemas.clock import WallClock  # noqa: PLC0415 — as above

    for line in incident_lines(write_script(county.plan(), latest_school_day(WallClock().now_ms()))):
        click.echo(line)
