"""A click group that imports a subcommand's module only when that subcommand runs or is asked for help.

Help must answer within a quarter of a second, and most of what the product imports takes longer than that.
"""

from difflib import get_close_matches
from importlib import import_module

import click


class LazyGroup(click.Group):
    """A group over ``{name: (module, one-line help)}``; the module's command is its attribute ``command``."""

    def __init__(self, *args: object, lazy: dict[str, tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # click's own arguments, passed through
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order in which they were declared: it is the order of use."""
        return [*self._lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of that name, or None."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        command: click.Command = import_module(self._lazy[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown name is answered with the nearest known one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.list_commands(ctx):
            near = get_close_matches(name, self.list_commands(ctx), n=1, cutoff=0.5)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"没有这个命令 / no such command: '{name}'.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 — click's signature
        """List the subcommands without importing any."""
        rows = [(name, text) for name, (_, text) in self._lazy.items()]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)
