"""`campanile events`: what is in the log."""

import click

from deploy.cli.groups import ExampleGroup

EXAMPLE = """\b
campanile events tail
campanile events tail --since 08:00 --campus c-421122-007 --type school_bus --json
campanile events tail --since start --no-follow | wc -l
"""


@click.group(cls=ExampleGroup, name="events", help=f"{EXAMPLE}\nThe events that gateways have put into the log.")
def command() -> None:
    """The log."""


@command.command(name="tail", help=f"{EXAMPLE}\nPrint events as they come; Ctrl-C ends it.")
@click.option("--since", help="start, 10m, 2h, 08:00 (Asia/Shanghai) or ISO 8601; by receipt. Default: from now on.")
@click.option("--campus", help="Only this campus.")
@click.option("--type", "type_prefix", default="", help="Only types that begin so: school_bus, canteen.temp.")
@click.option("--json", "as_json", is_flag=True, help="Each event as it stands in the log, one a line.")
@click.option("--follow/--no-follow", default=True, help="Go on waiting for new events, or end at the present end.")
@click.option("--limit", type=click.IntRange(min=1), help="End after so many events.")
def tail(  # noqa: PLR0913 — one argument an option
    since: str | None, campus: str | None, type_prefix: str, limit: int | None, *, as_json: bool, follow: bool
) -> None:
    """Print events."""
    from itertools import islice  # noqa: PLC0415 — help must stay fast

    from deploy.attach import attach  # noqa: PLC0415 — help must stay fast
    from deploy.event_query import EventQuery, line_of, parse_since  # noqa: PLC0415 — help must stay fast
    from deploy.event_reader import EventReader  # noqa: PLC0415 — help must stay fast

    attached = attach()
    clock = attached.settings.clock
    since_ms = parse_since(since, clock.build().now_ms()) if since else 0
    query = EventQuery(campus, type_prefix, since_ms)
    from_wall_ms = clock.wall_ms(since_ms) if since else None
    with EventReader(attached.bootstrap, attached.settings.prefix) as reader:
        for found in islice(reader.read(query, from_wall_ms=from_wall_ms, follow=follow), limit):
            click.echo(found.raw.decode() if as_json else line_of(found.event))
