"""A click group for commands whose help begins with an example: their one line in the list is the text after it."""

import click

MARK = "\b"
LONGEST = 100


class ExampleGroup(click.Group):
    """Lists each subcommand with the first sentence of its help that is no example."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of subcommands."""
        rows = [(name, summary_of(self.commands[name].help or "")) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def summary_of(text: str) -> str:
    """The first sentence of a help text, its examples left out."""
    paragraphs = [part for part in text.strip().split("\n\n") if not part.startswith(MARK)]
    first = " ".join(paragraphs[0].split()) if paragraphs else ""
    sentence, dot, _ = first.partition(". ")
    return (sentence + dot.strip())[:LONGEST]
