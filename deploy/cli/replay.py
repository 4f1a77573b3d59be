"""`campanile replay`: an interval of the past, printed in its order."""

import click

EXAMPLE = """\b
campanile replay --campus c-421122-007 --from 07:00 --to 08:00 --speed 60 --purpose 3号车迟到核查
campanile replay --scope consortium:k-421122-01 --from 07:00 --to 08:00 --purpose 核查 --json > morning.ndjson
"""
_FASTEST = 600


def _speed(_context: click.Context, _parameter: click.Parameter, value: str) -> int | str:
    """``max``, or 1 to 600."""
    if value == "max":
        return value
    if value.isdigit() and 1 <= int(value) <= _FASTEST:
        return int(value)
    raise click.BadParameter(f"max, or 1 to {_FASTEST}")


@click.command(
    name="replay",
    help=f"{EXAMPLE}\nReplay archived events; the look is recorded with its purpose. Ctrl-C ends it.",
)
@click.option("--campus", "campuses", multiple=True, help="A campus; may be repeated.")
@click.option("--scope", "scopes", multiple=True, help="campus:…, consortium:… or area:…; may be repeated.")
@click.option("--system", "systems", multiple=True, help="Only this system; may be repeated.")
@click.option("--from", "begin", required=True, help="08:00 (today, Asia/Shanghai), 2h (ago) or ISO 8601.")
@click.option("--to", "end", required=True, help="As --from; exclusive.")
@click.option("--clock", type=click.Choice(["occurred", "received"]), default="occurred", help="Order and time.")
@click.option("--speed", default="max", callback=_speed, help="1 to 600 times as fast as life, or max (default).")
@click.option("--purpose", required=True, help="What for; 4-200 characters.")
@click.option("--states", is_flag=True, help="Print the state documents as well, every minute of the replay.")
@click.option("--api", "base", help="Address of the API. Default: the one that runs here.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines as the API gives them.")
@click.option("--token", envvar="CAMPANILE_TOKEN", required=True, help="Viewer token; or CAMPANILE_TOKEN.")
def command(**asked: object) -> None:
    """Print a replay."""
    from deploy.attach import attach  # noqa: PLC0415 — help must stay fast
    from deploy.configuration import load_settings  # noqa: PLC0415 — as above
    from deploy.replay_reader import ReplayReader, words_of  # noqa: PLC0415 — as above
    from deploy.running import require_running  # noqa: PLC0415 — as above

    settings = load_settings() if asked["base"] else attach().settings
    base = str(asked["base"]) if asked["base"] else require_running(settings).api
    reader = ReplayReader(base, str(asked["token"]), _order(asked, settings.clock.build().now_ms()))
    for line in reader.lines():
        click.echo(line.decode() if asked["as_json"] else words_of(line))


def _order(asked: dict[str, object], now_ms: int) -> dict[str, object]:
    """The body that makes the replay."""
    from deploy.event_query import parse_since  # noqa: PLC0415 — help must stay fast

    campuses, scopes, systems = asked["campuses"], asked["scopes"], asked["systems"]
    if not campuses and not scopes:
        raise click.UsageError("--campus or --scope")
    return {
        "scope": [f"campus:{name}" for name in _texts(campuses)] + _texts(scopes),
        "systems": _texts(systems),
        "from_ms": parse_since(str(asked["begin"]), now_ms),
        "to_ms": parse_since(str(asked["end"]), now_ms),
        "clock": asked["clock"],
        "speed": asked["speed"],
        "states": asked["states"],
        "purpose": asked["purpose"],
    }


def _texts(values: object) -> list[str]:
    return [str(value) for value in values] if isinstance(values, tuple) else []
