"""The instants at which facts begin and end, in order, so that the next one is found without looking at every fact."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator

from schemas.registry import Dated, Fact, Lasting, SourceCredential, ViewerCredential


def boundaries_of(fact: Fact) -> Iterator[int]:
    """The instants (epoch ms) at which a fact begins or ends by time alone."""
    match fact:
        case Dated() | Lasting():
            yield fact.valid_from_ms
            if fact.valid_to_ms is not None:
                yield fact.valid_to_ms
        case ViewerCredential() | SourceCredential() if fact.not_after_ms is not None:
            yield fact.not_after_ms


class Timeline:
    """A sorted multiset of instants."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._ordered: list[int] = []

    def add(self, instants: Iterable[int]) -> None:
        """Take instants in; the same one may come from several facts."""
        for at_ms in instants:
            if not self._counts[at_ms]:
                insort(self._ordered, at_ms)
            self._counts[at_ms] += 1

    def discard(self, instants: Iterable[int]) -> None:
        """Take out instants that were added before."""
        for at_ms in instants:
            self._counts[at_ms] -= 1
            if not self._counts[at_ms]:
                del self._counts[at_ms]
                del self._ordered[bisect_left(self._ordered, at_ms)]

    def after(self, at_ms: int) -> int | None:
        """The first instant later than ``at_ms``; None: there is none."""
        place = bisect_right(self._ordered, at_ms)
        return self._ordered[place] if place < len(self._ordered) else None
