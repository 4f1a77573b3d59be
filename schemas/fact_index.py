"""Facts found by what they name, in the order in which they came."""

from collections.abc import Callable, Collection, Iterable
from typing import Generic, TypeVar

K = TypeVar("K")
F = TypeVar("F")


class FactIndex(Generic[K, F]):
    """Facts of one kind by what they name; a fact may stand under several names."""

    def __init__(self, names_of: Callable[[F], Iterable[K]]) -> None:
        self._names_of = names_of
        self._found: dict[K, dict[str, F]] = {}

    def add(self, key: str, fact: F) -> None:
        """Take in a fact under its key."""
        for name in self._names_of(fact):
            self._found.setdefault(name, {})[key] = fact

    def discard(self, key: str, fact: F) -> None:
        """Take out a fact that was added under its key."""
        for name in self._names_of(fact):
            facts = self._found.get(name, {})
            facts.pop(key, None)
            if not facts:
                self._found.pop(name, None)

    def of(self, name: K) -> Collection[F]:
        """The facts that name it; none if nothing does."""
        found = self._found.get(name)
        return found.values() if found is not None else ()
