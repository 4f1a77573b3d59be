"""Which campuses a question names, and when each of them was part of what it names. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from api.authority.scope import Interval, Scope, Slot
from api.viewer import Viewer
from schemas.events import Classification
from schemas.ids import AreaId, CampusId, ConsortiumId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Access, Membership


def members_during(facts: Organisation, consortium_id: ConsortiumId, interval: Interval) -> Iterator[Membership]:
    """Every membership of a consortium that holds at some instant of the interval."""
    for fact in facts.facts():
        if isinstance(fact, Membership) and fact.consortium_id == consortium_id and clip(fact, interval):
            yield fact


def clip(edge: Membership, interval: Interval) -> Interval | None:
    """The part of the interval in which the membership holds, or None."""
    end_ms = interval.to_ms if edge.valid_to_ms is None else min(edge.valid_to_ms, interval.to_ms)
    part = Interval(max(edge.valid_from_ms, interval.from_ms), end_ms)
    return part if part.from_ms < part.to_ms else None


def merged(windows: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same instants as intervals that neither overlap nor touch, in order."""
    found: list[Interval] = []
    for window in sorted(windows):
        if found and window.from_ms <= found[-1].to_ms:
            found[-1] = Interval(found[-1].from_ms, max(found[-1].to_ms, window.to_ms))
        else:
            found.append(window)
    return tuple(found)


class Windows:
    """Collects (campus, interval) and turns them into what may be read of them."""

    def __init__(self) -> None:
        self._windows: defaultdict[CampusId, list[Interval]] = defaultdict(list)

    def add_campus(self, campus_id: CampusId, window: Interval) -> None:
        """A campus is asked for during the window."""
        self._windows[campus_id].append(window)

    def add_consortium(self, facts: Organisation, consortium_id: ConsortiumId, interval: Interval) -> None:
        """Its members, each for as long as it is one."""
        for edge in members_during(facts, consortium_id, interval):
            part = clip(edge, interval)
            if part is not None:
                self.add_campus(edge.campus_id, part)

    def add_area(self, facts: Organisation, area_id: AreaId, interval: Interval) -> None:
        """The campuses that lie in it."""
        for campus_id, campus in facts.campuses.items():
            if facts.is_within(campus.area_id, area_id):
                self.add_campus(campus_id, interval)

    def scope(
        self,
        viewer: Viewer,
        systems: Iterable[SystemName],
        *,
        access: Access = Access.HISTORY,
        classification: Classification | None = None,
    ) -> Scope:
        """What of it the viewer may read; see :meth:`api.viewer.Viewer.history`."""
        wanted = tuple(systems)
        alike: defaultdict[tuple[Interval, ...], list[CampusId]] = defaultdict(list)
        for campus_id, windows in self._windows.items():
            alike[merged(windows)].append(campus_id)
        slots: list[Slot] = []
        for parts, campuses in alike.items():
            for part in parts:
                found = viewer.history(campuses, wanted, part, access=access, classification=classification)
                slots += found.slots
        return Scope(tuple(slots))
