"""What waits to be sent, campus by campus, in order. Pure bookkeeping without a loop or a network."""

from collections import deque
from collections.abc import Iterator

from schemas.ids import CampusId


class Outboxes:
    """One queue per campus; a campus whose batch is on its way is not handed out again before :meth:`done`.

    So the events of a campus, and with them the count of each of its sources, arrive in the order in which they left.
    """

    def __init__(self) -> None:
        self.waiting = 0
        """Events put in and not yet reported as done."""
        self._queues: dict[CampusId, deque[bytes]] = {}
        self._ready: deque[CampusId] = deque()
        self._busy: set[CampusId] = set()
        self._listed: set[CampusId] = set()

    def put(self, campus_id: CampusId, raw: bytes) -> None:
        """Add an event to the end of its campus's queue."""
        self._queues.setdefault(campus_id, deque()).append(raw)
        self.waiting += 1
        self._list(campus_id)

    def take(self, most: int) -> tuple[CampusId, list[bytes]] | None:
        """Up to ``most`` events of the campus that has been ready for longest, which is then busy; None: nobody is."""
        if not self._ready:
            return None
        campus_id = self._ready.popleft()
        self._listed.discard(campus_id)
        self._busy.add(campus_id)
        return campus_id, list(_drain(self._queues[campus_id], most))

    def done(self, campus_id: CampusId, events: int) -> None:
        """The batch was acknowledged: the campus's next one may go."""
        self.waiting -= events
        self._busy.discard(campus_id)
        self._list(campus_id)

    def _list(self, campus_id: CampusId) -> None:
        if self._queues[campus_id] and campus_id not in self._busy and campus_id not in self._listed:
            self._listed.add(campus_id)
            self._ready.append(campus_id)


def _drain(queue: deque[bytes], most: int) -> Iterator[bytes]:
    while queue and most:
        most -= 1
        yield queue.popleft()
