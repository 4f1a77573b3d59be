"""One step of the walk through the demonstration."""

from typing import NamedTuple


class Step(NamedTuple):
    """What is to be seen, and the commands that show it; each works as pasted after those before it."""

    title: str
    commands: tuple[str, ...]
