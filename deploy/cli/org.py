"""`campanile org`: organisation facts from a file into the log."""

import click

from deploy.cli.groups import ExampleGroup

EXAMPLE = """\b
campanile org apply county.ndjson --dry-run
campanile org apply county.ndjson --yes
campanile org show
"""


@click.group(
    cls=ExampleGroup, name="org", help=f"{EXAMPLE}\nAreas, campuses, consortia, memberships and who may send or look."
)
def command() -> None:
    """Organisation facts."""


@command.command(name="apply", help=f"{EXAMPLE}\nWrite the facts of FILE (JSON array, or one JSON object a line).")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--dry-run", is_flag=True, help="Show the plan, write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def apply(file: click.utils.LazyFile, *, dry_run: bool, yes: bool) -> None:
    """Check, show, write."""
    from deploy.attach import attach  # noqa: PLC0415 — help must stay fast
    from deploy.registry_reader import read_organisation  # noqa: PLC0415 — help must stay fast
    from deploy.registry_writer import write_facts  # noqa: PLC0415 — help must stay fast
    from schemas.fact_plan import parse_facts, plan_that_fits  # noqa: PLC0415 — help must stay fast

    facts = parse_facts(file.read())
    attached = attach()
    known = read_organisation(attached.bootstrap, attached.settings.prefix)
    plan = plan_that_fits(facts, known)
    click.echo("\n".join([*plan.lines(), f"+{len(plan.add)} ~{len(plan.change)} ={plan.same}"]))
    if plan.to_write and not dry_run and (yes or click.confirm("写入 / write?", err=True)):
        written = write_facts(attached.bootstrap, attached.settings.prefix, plan.to_write)
        click.echo(f"已写入 / written: {written}", err=True)


@command.command(name="show", help=f"{EXAMPLE}\nEvery fact in force, one JSON object a line, as `apply` takes them.")
def show() -> None:
    """Print the facts."""
    from deploy.attach import attach  # noqa: PLC0415 — help must stay fast
    from deploy.registry_reader import read_organisation  # noqa: PLC0415 — help must stay fast

    attached = attach()
    for fact in read_organisation(attached.bootstrap, attached.settings.prefix).facts():
        click.echo(fact.model_dump_json())
