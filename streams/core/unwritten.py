"""What a partition has changed and not yet written, and how far its progress may therefore be said to reach."""

from typing import Generic, TypeVar

from streams.core.system import Effect

D = TypeVar("D")


class Unwritten(Generic[D]):
    """Changed documents by urgency.

    The low-water mark is the offset below which every change is written: the first change of the document that waits
    longest, or the next offset when none waits. A restart reads the log from there.
    """

    def __init__(self) -> None:
        self._visible: dict[D, int] = {}
        self._alive: dict[D, int] = {}

    def mark(self, document: D, effect: int, offset: int) -> None:
        """Note that a document changed by the record at ``offset``, and how much that matters."""
        if effect >= Effect.VISIBLE:
            if document not in self._visible:
                self._visible[document] = self._alive.pop(document, offset)
        elif document not in self._visible:
            self._alive.setdefault(document, offset)

    def urgency(self) -> Effect:
        """How urgent the most urgent change is."""
        if self._visible:
            return Effect.VISIBLE
        return Effect.ALIVE if self._alive else Effect.NOTHING

    def take(self, next_offset: int, *, everything: bool) -> tuple[list[D], int]:
        """The documents to write now, and the low-water mark as it is once they are written."""
        taken = list(self._visible)
        self._visible.clear()
        if everything:
            taken += self._alive
            self._alive.clear()
        # Documents enter in the order of their offsets, so the first of the rest waits longest.
        return taken, next(iter(self._alive.values()), next_offset)
