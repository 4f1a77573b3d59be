"""`campanile proof`: that the archive was not altered."""

from collections.abc import Mapping
from pathlib import Path

import click

from deploy.cli.groups import ExampleGroup

EXAMPLE = """\b
campanile proof show --source urn:x --id e-1 --purpose 核查冷冻柜 > proof.json
campanile proof show --position 3/4711/0 --purpose 核查冷冻柜 > proof.json
campanile proof consistency --partition 3 --from 120 --campus c-421122-007 > consistency.json
campanile proof verify proof.json --key FINGERPRINT
campanile proof heads
campanile proof audit
"""
API = click.option("--api", help="Address of the API. Default: the one that runs here.")
TOKEN = click.option("--token", envvar="CAMPANILE_TOKEN", required=True, help="Viewer token; or CAMPANILE_TOKEN.")


@click.group(cls=ExampleGroup, name="proof", help=f"{EXAMPLE}\nProofs by anybody's token; the audit by the operator.")
def command() -> None:
    """Proofs."""


@command.command(name="show", help=f"{EXAMPLE}\nThe proof of one event as JSON; the look is recorded.")
@click.option("--position", help="partition/offset/index.")
@click.option("--source", help="CloudEvents source.")
@click.option("--id", "event_id", help="CloudEvents id.")
@click.option("--near-ms", type=int, help="About when it occurred, epoch ms: makes it fast.")
@click.option("--purpose", required=True, help="What for; 4-200 characters.")
@API
@TOKEN
def show(**asked: str | None) -> None:
    """Ask the API."""
    query: dict[str, object] = {"purpose": asked["purpose"]}
    path = f"/v1/proof/events/{asked['position']}"
    if asked["position"] is None:
        if asked["source"] is None or asked["event_id"] is None:
            raise click.UsageError("--position, or --source and --id")
        path = "/v1/proof/events"
        query |= {"source": asked["source"], "id": asked["event_id"], "near_ms": asked["near_ms"]}
    _print(asked["api"], asked["token"] or "", path, query)


@command.command(name="consistency", help=f"{EXAMPLE}\nThat an old signed tree is the beginning of a newer one.")
@click.option("--partition", type=int, required=True, help="Partition of the log.")
@click.option("--from", "old", type=int, required=True, help="Blocks in the old tree: the size in its checkpoint.")
@click.option("--to", "new", type=int, help="Blocks in the new one; without, the newest signed.")
@click.option("--campus", help="With the campus's head in both.")
@API
@TOKEN
def consistency(**asked: str | None) -> None:
    """Ask the API."""
    query = {"partition": asked["partition"], "from": asked["old"], "to": asked["new"], "campus": asked["campus"]}
    _print(asked["api"], asked["token"] or "", "/v1/proof/consistency", query)


def _print(base: str | None, token: str, path: str, query: Mapping[str, object]) -> None:
    import json  # noqa: PLC0415 — help must stay fast

    from deploy.evidence.api_client import address_of, get_json  # noqa: PLC0415 — as above

    click.echo(json.dumps(get_json(address_of(base), token, path, query), ensure_ascii=False, indent=1))


@command.command(name="verify", help=f"{EXAMPLE}\nVerify a proof or a bundle offline; exit code 1 if it does not hold.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--key", default="", help="Fingerprint of the first signing key, from elsewhere.")
def verify(file: str, key: str) -> None:
    """Verify."""
    from api.proof.verify import main  # noqa: PLC0415 — help must stay fast

    raise SystemExit(main([file, "--key", key] if key else [file]))


@command.command(name="heads", help=f"{EXAMPLE}\nThe newest signed checkpoint of every partition.")
def heads() -> None:
    """Read the store."""
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.store_address import store_of  # noqa: PLC0415 — as above
    from streams.archive.heads import newest_checkpoints  # noqa: PLC0415 — as above
    from streams.archive.reading import archive_reader  # noqa: PLC0415 — as above

    with archive_reader(store_of(load_settings())) as client:
        for signed in newest_checkpoints(client):
            click.echo(f"{signed.body}key_id {signed.key_id}\nsignature {signed.signature}\n")


@command.command(name="audit", help=f"{EXAMPLE}\nRecompute the whole archive; exit code 5 and every bad position.")
def audit() -> None:
    """Read everything."""
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.evidence import audit as auditing  # noqa: PLC0415 — as above
    from deploy.signing_keys import signing_keys_of  # noqa: PLC0415 — as above
    from deploy.store_address import store_of  # noqa: PLC0415 — as above
    from streams.archive.reading import archive_reader  # noqa: PLC0415 — as above

    settings = load_settings()
    with archive_reader(store_of(settings)) as client:
        wrong = list(auditing.audit(client, signing_keys_of(settings).keychain()))
    click.echo("\n".join(wrong) or "true / 属实")
    raise SystemExit(5 if wrong else 0)


@command.command(name="day", help=f"{EXAMPLE}\nWrite a checkpoint file of what is signed up to now, to be printed.")
def day() -> None:
    """Write the file of today, so far."""
    from deploy.attach import attach  # noqa: PLC0415 — help must stay fast
    from deploy.evidence.day_writer import DayWriter  # noqa: PLC0415 — as above
    from deploy.registry_reader import read_organisation  # noqa: PLC0415 — as above
    from deploy.signing_keys import signing_keys_of  # noqa: PLC0415 — as above
    from deploy.store_address import store_of  # noqa: PLC0415 — as above
    from schemas.clock import WallClock  # noqa: PLC0415 — as above

    attached = attach()
    settings, clock = attached.settings, WallClock()
    writer = DayWriter(
        store_of(settings),
        signing_keys_of(settings),
        lambda: read_organisation(attached.bootstrap, settings.prefix),
        Path(settings.data_dir) / "checkpoints",
        clock,
    )
    click.echo(writer.write(clock.now_ms() + 1))
