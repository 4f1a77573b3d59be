"""`campanile privacy`: erase a pupil, list receipts, read a covered dead letter. Tokens come from stdin, never argv."""

import json
import re
import sys
from dataclasses import asdict
from typing import get_args

import click

from deploy.cli.groups import ExampleGroup
from schemas.privacy import ErasureBasis, ErasureGround

EXAMPLE = """\b
campanile privacy erase --campus c-421122-007 --ground guardian_request --basis pipl_47_3 --by p-31 --approver p-07
campanile privacy receipts --json
campanile privacy uncover < letter.json
"""
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


@click.group(cls=ExampleGroup, name="privacy", help=f"{EXAMPLE}\nPupils' data: erasure, receipts, covered letters.")
def command() -> None:
    """Group of the privacy commands."""


@command.command(
    name="erase",
    help=f"{EXAMPLE}\nMake what is kept of a pupil unreadable, for good, and end its guardians' access. The token "
    "is asked for, or read from stdin: command lines can be seen by others.",
)
@click.option("--campus", required=True, help="Campus id.")
@click.option("--ground", type=click.Choice(get_args(ErasureGround)), required=True, help="Why.")
@click.option("--basis", type=click.Choice(get_args(ErasureBasis)), required=True, help="By which article.")
@click.option("--by", required=True, help="Who asks: an opaque reference, never a name.")
@click.option("--approver", required=True, help="Who approves: somebody else.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(campus: str, *, ground: str, basis: str, by: str, approver: str, yes: bool) -> None:  # noqa: PLR0913 — options
    """Erase a pupil."""
    from deploy.privacy import desk  # noqa: PLC0415 — help must stay fast

    token = (
        click.prompt("学生代号 / pupil token", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.read()
    )
    token = token.strip()
    if not TOKEN.fullmatch(token):
        raise click.UsageError("不是学生代号 / that is no pupil token")
    if not yes:
        click.confirm("不可恢复，继续？ / it cannot be undone; go on?", err=True, abort=True)
    done = desk.erase(campus, token, ground=ground, legal_basis=basis, by=by, approver=approver)
    if done.state == "restricted":
        click.echo(
            "证据保全中：密钥仅作存储，任何人不得读取，解除后自动销毁 / "
            "a legal hold: the keys are kept, given to nobody, and destroyed when it is released",
            err=True,
        )
    click.echo(f"{done.erasure_id}  {done.state}  密钥 / keys: {len(done.key_refs)}")


@command.command(name="receipts", help=f"{EXAMPLE}\nEvery erasure: what was destroyed, when, why and by whom.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def receipts(*, as_json: bool) -> None:
    """List receipts."""
    from deploy.privacy import desk  # noqa: PLC0415 — help must stay fast

    for found in desk.receipts():
        if as_json:
            click.echo(json.dumps(asdict(found) | {"state": found.state}))
        else:
            keys = f"密钥 / keys: {len(found.key_refs)}"
            click.echo(f"{found.erasure_id}  {found.state:<10}  {found.campus_id}  {found.ground}  {keys}")


@command.command(name="uncover", help=f"{EXAMPLE}\nA covered dead letter from stdin as it came in, on stdout.")
def uncover() -> None:
    """Uncover a dead letter."""
    from deploy.privacy import desk  # noqa: PLC0415 — help must stay fast

    click.echo(desk.uncover(sys.stdin.buffer.read().strip()), nl=False)
