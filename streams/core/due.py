"""Which documents time itself must judge, earliest first."""

from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush

from schemas.documents import NEVER_MS


class DueQueue:
    """Keys by the instant from which a tick must judge them. Bounded: one live entry a key, moved lazily."""

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._queued: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def load(self, entries: Iterable[tuple[str, int]]) -> None:
        """Take many keys at once, as at a restore."""
        self._due = {key: due_ms for key, due_ms in entries if due_ms < NEVER_MS}
        self._queued = dict(self._due)
        self._heap = [(due_ms, key) for key, due_ms in self._due.items()]
        heapify(self._heap)

    def set(self, key: str, due_ms: int) -> None:
        """Say when a key is due; :data:`NEVER_MS` takes it out."""
        if due_ms >= NEVER_MS:
            self._due.pop(key, None)
            return
        self._due[key] = due_ms
        if due_ms < self._queued.get(key, NEVER_MS):
            self._push(key, due_ms)

    def earliest_ms(self) -> int:
        """When the next key is due; :data:`NEVER_MS` when none is."""
        while self._heap:
            queued_ms, key = self._heap[0]
            if self._queued.get(key) == queued_ms and self._due.get(key) == queued_ms:
                return queued_ms
            self._settle()
        return NEVER_MS

    def due_at(self, instant_ms: int) -> list[str]:
        """Every key that is due at an instant, in the order of keys; they stay until :meth:`set` moves them."""
        return sorted(self._taken(instant_ms))

    def _taken(self, instant_ms: int) -> Iterator[str]:
        found = []
        while self.earliest_ms() <= instant_ms:
            due_ms, key = heappop(self._heap)
            found.append((due_ms, key))
            del self._queued[key]
            yield key
        for due_ms, key in found:
            self._push(key, due_ms)

    def _settle(self) -> None:
        """Drop or move the entry at the head, which is out of date."""
        queued_ms, key = heappop(self._heap)
        if self._queued.get(key) != queued_ms:
            return
        del self._queued[key]
        if key in self._due:
            self._push(key, self._due[key])

    def _push(self, key: str, due_ms: int) -> None:
        self._queued[key] = due_ms
        heappush(self._heap, (due_ms, key))
