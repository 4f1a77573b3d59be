"""The events that Kafka has lately acknowledged, so that one sent again is answered as a duplicate.

Best effort: the memory is bounded and belongs to one process. The stream, which sees every event, is exact.
"""

from collections.abc import Iterable

from schemas.ids import TokenId

EventKey = tuple[TokenId, str, str]
"""Token, ``source`` and ``id``. CloudEvents names an event by the latter two; the token belongs to it, so that nobody
can make another sender's event look like a duplicate."""


class Remembered:
    """The newest ``limit`` to half of it acknowledged events, in two generations: look-ups stay cheap, memory fixed."""

    def __init__(self, limit: int) -> None:
        self._generation_size = limit // 2
        self._new: set[EventKey] = set()
        self._old: set[EventKey] = set()

    def __contains__(self, key: object) -> bool:
        return key in self._new or key in self._old

    def add(self, keys: Iterable[EventKey]) -> None:
        """Remember events of a frame that Kafka has acknowledged; never any other."""
        if self._generation_size == 0:
            return
        self._new.update(keys)
        if len(self._new) >= self._generation_size:
            self._old, self._new = self._new, set()
