"""The events that Kafka has lately acknowledged, so that one sent again is answered as a duplicate.

Best effort: the memory is bounded and belongs to one process. The stream, which sees every event, is exact.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

from schemas.ids import TokenId

EventKey = str
"""Token, ``source`` and ``id``, none of which holds a blank. CloudEvents names an event by the latter two; the token
belongs to it, so that nobody can make another sender's event look like a duplicate."""


def keys_of(token_id: TokenId, sources: Iterable[str], ids: Iterable[str]) -> list[EventKey]:
    """The keys of one token's events."""
    return [f"{token_id} {source} {event_id}" for source, event_id in zip(sources, ids, strict=True)]


class Remembered:
    """The newest ``limit`` to half of it acknowledged events, in two generations: look-ups stay cheap, memory fixed."""

    def __init__(self, limit: int) -> None:
        self._generation_size = limit // 2
        self._new: set[EventKey] = set()
        self._old: set[EventKey] = set()

    def fresh(self, keys: Sequence[EventKey]) -> Iterable[bool]:
        """For each key whether it is neither remembered nor stands in ``keys`` before."""
        unique = set(keys)
        if len(unique) == len(keys) and self._new.isdisjoint(unique) and self._old.isdisjoint(unique):
            return repeat(True, len(keys))
        return self._fresh_one_by_one(keys)

    def _fresh_one_by_one(self, keys: Sequence[EventKey]) -> Iterator[bool]:
        seen: set[EventKey] = set()
        for key in keys:
            yield not (key in seen or key in self._new or key in self._old)
            seen.add(key)

    def add(self, keys: Iterable[EventKey]) -> None:
        """Remember events of a frame that Kafka has acknowledged; never any other."""
        if self._generation_size == 0:
            return
        self._new.update(keys)
        if len(self._new) >= self._generation_size:
            self._old, self._new = self._new, set()
