"""`campanile topics`: the topics as declared against the topics as they are."""

import click

from deploy.cli.groups import ExampleGroup

EXAMPLE = "\b\ncampanile topics plan\ncampanile topics apply --yes\n"


@click.group(cls=ExampleGroup, name="topics", help=f"{EXAMPLE}\nThe topics of the log.")
def command() -> None:
    """The topics of the log."""


@command.command(name="plan", help=f"{EXAMPLE}\nShow what `apply` would do; exit code 1 when there is something.")
def plan() -> None:
    """Show the difference."""
    from deploy.topic_admin import topic_admin  # noqa: PLC0415 — help must stay fast

    with topic_admin() as admin:
        difference = admin.plan()
    click.echo("\n".join(difference.lines(admin.prefix)) or "主题齐备 / topics are as they must be")
    raise SystemExit(0 if difference.is_empty else 1)


@command.command(name="apply", help=f"{EXAMPLE}\nCreate what is missing and correct settings; deletes nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def apply(*, yes: bool) -> None:
    """Close the difference."""
    from deploy.topic_admin import topic_admin  # noqa: PLC0415 — help must stay fast

    with topic_admin() as admin:
        difference = admin.plan()
        click.echo("\n".join(difference.lines(admin.prefix)) or "主题齐备 / topics are as they must be")
        if not difference.is_empty and (yes or click.confirm("执行 / apply?", err=True)):
            admin.apply(difference)
