"""`campanile evidence`: bundles of events that a stranger can verify offline."""

from pathlib import Path

import click

from deploy.cli.groups import ExampleGroup

EXAMPLE = """\b
campanile evidence make --scope campus:c-421122-007 --system canteen --from-ms 1795564800000 --to-ms 1795568400000 \\
  --purpose 核查冷冻柜争议 --case 2026-17 --to bundle.zip
campanile evidence verify bundle.zip --key FINGERPRINT
"""


@click.group(cls=ExampleGroup, name="evidence", help=f"{EXAMPLE}\nA bundle holds its own verifier, in one file.")
def command() -> None:
    """Evidence bundles."""


@command.command(name="make", help=f"{EXAMPLE}\nOne zip of the events of a scope and interval; the making is recorded.")
@click.option("--scope", multiple=True, required=True, help="campus:…, consortium:… or area:…; may be repeated.")
@click.option("--system", multiple=True, help="Campus system; may be repeated.")
@click.option("--from-ms", type=int, required=True, help="Epoch ms.")
@click.option("--to-ms", type=int, required=True, help="Epoch ms, exclusive.")
@click.option("--purpose", required=True, help="What for; 4-200 characters.")
@click.option("--case", required=True, help="The case or file number.")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write.")
@click.option("--api", "base", help="Address of the API. Default: the one that runs here.")
@click.option("--token", envvar="CAMPANILE_TOKEN", required=True, help="Viewer token; or CAMPANILE_TOKEN.")
def make(target: Path, token: str, base: str | None, **asked: object) -> None:
    """Ask the API."""
    from deploy.evidence.api_client import address_of, post_for_bytes  # noqa: PLC0415 — help must stay fast

    part = target.with_suffix(".part")
    try:
        with part.open("wb") as file:
            for chunk in post_for_bytes(address_of(base), token, "/v1/evidence", asked):
                file.write(chunk)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    click.echo(target)


@command.command(name="verify", help=f"{EXAMPLE}\nVerify a bundle offline; exit code 1 and the first bad position.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--key", default="", help="Fingerprint of the first signing key, from elsewhere.")
def verify(file: str, key: str) -> None:
    """Verify."""
    from api.proof.verify import main  # noqa: PLC0415 — help must stay fast

    raise SystemExit(main([file, "--key", key] if key else [file]))
