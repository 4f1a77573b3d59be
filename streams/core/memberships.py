"""The consortia of each campus as they are now, and when that may have changed. Pure but for its clock."""

from schemas.clock import Clock
from schemas.documents import NEVER_MS
from schemas.ids import CampusId
from schemas.organisation import Organisation
from schemas.registry import Membership


class Memberships:
    """Looks up once per campus until the facts, or time, change the answer."""

    def __init__(self, organisation: Organisation, clock: Clock) -> None:
        self._organisation, self._clock = organisation, clock
        self._version = -1
        self._valid_until_ms = 0
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, campus_id: str) -> tuple[str, ...]:
        """The consortia of a campus, in the order of their ids; none for a campus that no fact names."""
        found = self._known.get(campus_id)
        if found is None:
            edges = self._organisation.consortia_of(CampusId(campus_id), self._clock.now_ms())
            found = self._known[campus_id] = tuple(sorted(edges))
        return found

    def refresh(self) -> bool:
        """Forget what may be out of date; True when there was something."""
        now_ms = self._clock.now_ms()
        if self._version == self._organisation.version and now_ms < self._valid_until_ms:
            return False
        self._version = self._organisation.version
        self._valid_until_ms = self._next_change_ms(now_ms)
        self._known.clear()
        return True

    def _next_change_ms(self, now_ms: int) -> int:
        edges = (fact for fact in self._organisation.facts() if isinstance(fact, Membership))
        limits = (limit for edge in edges for limit in (edge.valid_from_ms, edge.valid_to_ms))
        return min((limit for limit in limits if limit is not None and limit > now_ms), default=NEVER_MS)
