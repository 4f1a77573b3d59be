"""The record of access in memory: the second implementation of its seam."""

from collections.abc import Sequence

from api.access.entries import Entry
from api.access.journal import unrecorded


class RememberedJournal:
    """Keeps entries in a list; refuses while ``is_away``."""

    def __init__(self) -> None:
        self.entries: list[tuple[Entry, int]] = []
        self.is_away = False

    async def write(self, entries: Sequence[Entry], at_ms: int) -> None:
        if self.is_away:
            raise unrecorded("away")
        self.entries += [(entry, at_ms) for entry in entries]

    def types(self) -> list[str]:
        """What was written, in order."""
        return [entry.type for entry, _ in self.entries]
