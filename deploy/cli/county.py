"""`campanile county`: the simulated county without the rest of the demonstration."""

from pathlib import Path
from typing import Any

import click

from deploy.cli.groups import ExampleGroup

FACTS_EXAMPLE = "\b\ncampanile county facts > county.ndjson\ncampanile org apply --yes county.ndjson\n"
SEND_EXAMPLE = "\b\ncampanile county send --gateway http://127.0.0.1:8480\n"
TOKENS_EXAMPLE = "\b\ncampanile county tokens\ncampanile county tokens --key-file var/demo/secrets/county-key\n"
KEY_FILE = click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the key of the county's tokens. Default: none; whoever knows the seed knows the tokens.",
)


def county_options(function: Any) -> Any:  # noqa: ANN401 — decorates any command
    """The options that describe a county."""
    for option in (
        click.option(
            "--track",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Recorded GPS track file (CSV lat,lng,datetime,uid; .gz) that drives the buses.",
        ),
        click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another county."),
        click.option("--consortia", type=int, default=4, show_default=True, help="1 to 167."),
        click.option("--campuses", type=int, default=40, show_default=True, help="1 to 1,667."),
    ):
        function = option(function)
    return function


@click.group(
    cls=ExampleGroup,
    name="county",
    help=f"{FACTS_EXAMPLE}\nA county's school day, simulated: its facts, its tokens, its events.",
)
def command() -> None:
    """A county's school day, simulated: its facts, its tokens, its events."""


@command.command(name="facts", help=f"{FACTS_EXAMPLE}\nPrint the county's registry facts, one JSON object a line.")
@KEY_FILE
@county_options
def facts(campuses: int, consortia: int, seed: int, track: Path | None, key_file: Path | None) -> None:
    """Print facts."""
    from deploy.demo.county_process import CountyOptions  # noqa: PLC0415 — help must stay fast
    from deploy.demo.facts import registry_facts  # noqa: PLC0415 — as above

    for fact in registry_facts(CountyOptions(campuses, consortia, seed, track, key_file).plan()):
        click.echo(fact.model_dump_json())


@command.command(name="tokens", help=f"{TOKENS_EXAMPLE}\nPrint the county's tokens: scope and token, one a line.")
@KEY_FILE
@county_options
def tokens(campuses: int, consortia: int, seed: int, track: Path | None, key_file: Path | None) -> None:
    """Print tokens."""
    from deploy.demo.county_process import CountyOptions  # noqa: PLC0415 — help must stay fast
    from deploy.demo.facts import bureau_token, source_token, supervisor_token  # noqa: PLC0415 — as above

    county = CountyOptions(campuses, consortia, seed, track, key_file).plan()
    known = county.token_seed
    for area in county.counties:
        click.echo(f"area:{area.code}\t{bureau_token(known, area.code).text}")
    for consortium in county.consortia:
        click.echo(f"consortium:{consortium.consortium_id}\t{supervisor_token(known, consortium.consortium_id).text}")
    for campus in county.campuses:
        click.echo(f"source:{campus.campus_id}\t{source_token(known, campus.campus_id).text}")


@command.command(
    name="send",
    help=f"{SEND_EXAMPLE}\nSend the county's events to a gateway, on the clock of the settings, until Ctrl-C. Its "
    "facts must be in the registry.",
)
@click.option("--gateway", required=True, help="Base address of the gateway.")
@KEY_FILE
@county_options
def send(  # noqa: PLR0913, PLR0917 — click passes each option
    gateway: str, campuses: int, consortia: int, seed: int, track: Path | None, key_file: Path | None
) -> None:
    """Send events."""
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.demo.county_process import CountyOptions, run_county  # noqa: PLC0415 — as above
    from deploy.logs import configure_logging  # noqa: PLC0415 — as above
    from deploy.parent import die_with_parent  # noqa: PLC0415 — as above

    die_with_parent()
    settings = load_settings()
    configure_logging(settings.log_level, "county")
    options = CountyOptions(campuses, consortia, seed, track, key_file)
    raise SystemExit(run_county(options, gateway, settings.clock.build()))
