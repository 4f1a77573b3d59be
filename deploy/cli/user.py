"""`campanile user`: who may sign in, for operators."""

import click

from deploy.cli.groups import ExampleGroup

EXAMPLE = """\b
campanile user add wang.min --person p-421122-0007
campanile user add admin --administrator
campanile user list --json
campanile user disable wang.min --yes
campanile user reset wang.min --yes
"""
ACTIVATE = "设置密码 / to set the password: POST /v1/activation"


@click.group(
    cls=ExampleGroup,
    name="user",
    help=f"{EXAMPLE}\nA user sets the password by a code that is printed once; no password passes through here.",
)
def command() -> None:
    """Users."""


@command.command(name="add", help=f"{EXAMPLE}\nMake a user and print the code for their password, once, on stdout.")
@click.argument("login")
@click.option("--person", "person_id", help="Whose appointments the user holds; see `campanile org show`.")
@click.option("--administrator", is_flag=True, help="May make, disable and reset users.")
def add(login: str, person_id: str | None, *, administrator: bool) -> None:
    """Make a user."""
    from deploy.user_desk import UserDesk  # noqa: PLC0415 — help must stay fast

    click.echo(ACTIVATE, err=True)
    click.echo(UserDesk.of_this_deployment().add(login, person_id, is_administrator=administrator))


@command.command(
    name="reset", help=f"{EXAMPLE}\nTake every proof and session away, and print a code for a new password."
)
@click.argument("login")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(login: str, *, yes: bool) -> None:
    """Reset a user."""
    from deploy.user_desk import UserDesk  # noqa: PLC0415 — help must stay fast

    if yes or click.confirm(f"重置 / reset {login}?", err=True):
        click.echo(ACTIVATE, err=True)
        click.echo(UserDesk.of_this_deployment().reset(login))


@command.command(name="disable", help=f"{EXAMPLE}\nLet nobody in as this user; open sessions end within a second.")
@click.argument("login")
@click.option("--yes", is_flag=True, help="Do not ask.")
def disable(login: str, *, yes: bool) -> None:
    """Disable a user."""
    from deploy.user_desk import UserDesk  # noqa: PLC0415 — help must stay fast

    if yes or click.confirm(f"停用 / disable {login}?", err=True):
        UserDesk.of_this_deployment().set_disabled(login, disabled=True)
        click.echo(f"已停用 / disabled: {login}", err=True)


@command.command(name="enable", help=f"{EXAMPLE}\nLet the user sign in again; sessions of before stay over.")
@click.argument("login")
def enable(login: str) -> None:
    """Enable a user."""
    from deploy.user_desk import UserDesk  # noqa: PLC0415 — help must stay fast

    UserDesk.of_this_deployment().set_disabled(login, disabled=False)
    click.echo(f"已启用 / enabled: {login}", err=True)


@command.command(name="list", help=f"{EXAMPLE}\nEvery user: id, login, person, whether an administrator, state.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_users(*, as_json: bool) -> None:
    """List users."""
    import json  # noqa: PLC0415 — help must stay fast

    from deploy.user_desk import UserDesk  # noqa: PLC0415 — help must stay fast

    for row in UserDesk.of_this_deployment().rows():
        if as_json:
            click.echo(json.dumps(row._asdict(), ensure_ascii=False))
        else:
            what = "管理员 / administrator" if row.is_administrator else row.person_id
            click.echo(f"{row.user_id}  {row.state:<8}  {row.login:<24}  {what}")
