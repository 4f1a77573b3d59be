"""Decides which campuses and buses the scripted incidents strike, so that most show within minutes of 06:50.

Every choice follows from the plan; a county that is too small for an incident goes without it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from deploy.demo.bells import bells
from deploy.demo.bus import planned_trips
from deploy.demo.cold_store import FREEZER
from deploy.demo.incidents import Incident, Kind, Script
from deploy.demo.lessons import class_names
from deploy.demo.plan import CampusPlan, County
from deploy.demo.school_day import SchoolDay
from deploy.demo.source import Window
from deploy.demo.trips import Trip
from schemas.clock import MINUTE_MS
from schemas.ids import CampusId

_CONSIDERED = 400
"""Campuses among which the incidents are placed: the first counties suffice in a whole city."""
_BREAKFAST_DISH = 3


def write_script(county: County, day: SchoolDay) -> Script:
    """The incidents of this county on this day, in order of their beginning."""
    writer = _Writer(county, day)
    incidents = [*writer.buses(), *writer.kitchens(), *writer.fibre(), *writer.lessons(), *writer.gateways()]
    return Script(sorted(incidents, key=lambda item: item.window))


class _Writer:
    """Places one incident after the other; a campus suffers at most one kind."""

    def __init__(self, county: County, day: SchoolDay) -> None:
        self._campuses = county.campuses[:_CONSIDERED]
        self._seed = county.seed
        self._day = day
        self._struck: set[CampusId] = set()

    def buses(self) -> Iterator[Incident]:
        """A child left behind, a bus held up, a bus in a blind zone."""
        day = self._day
        soonest = sorted(self._first_trips(), key=lambda item: item[2].planned_end_ms)
        for campus, bus_id, trip in soonest[:1]:
            yield self._strike(Kind.CHILD_LEFT, campus, bus_id, day.at(6, 40), trip.planned_end_ms + 25 * MINUTE_MS)
        held_up = Window(day.at(6, 29), day.at(6, 47))
        blind = Window(day.at(6, 43), day.at(6, 55))
        for kind, window in ((Kind.LATE_BUS, held_up), (Kind.BLIND_ZONE, blind)):
            under_way = [item for item in soonest if item[0].campus_id not in self._struck and _spans(item[2], window)]
            for campus, bus_id, _ in under_way[-1:]:
                yield self._strike(kind, campus, bus_id, *window)

    def kitchens(self) -> Iterator[Incident]:
        """A dish without a sample where breakfast is eaten, a freezer elsewhere."""
        day = self._day
        for campus in self._free(campus for campus in self._campuses if campus.has_canteen and campus.has_boarders):
            dish = f"meal-{day.number}-breakfast-{_BREAKFAST_DISH}"
            yield self._strike(Kind.NO_SAMPLE, campus, dish, day.at(6, 40), day.at(7, 20))
            break
        for campus in self._free(campus for campus in self._campuses if campus.has_canteen and not campus.is_core):
            yield self._strike(Kind.FREEZER_FAILURE, campus, FREEZER, day.opens_ms, day.at(8, 30))
            break

    def fibre(self) -> Iterator[Incident]:
        """Every campus of the town that has most of those that nothing has struck yet."""
        free = [campus for campus in self._free(self._campuses) if not campus.is_core]
        towns = Counter(campus.area_id for campus in free).most_common(1)
        for campus in free:
            if towns and campus.area_id == towns[0][0]:
                yield self._strike(Kind.FIBRE_CUT, campus, "*", self._day.at(6, 51), self._day.at(7, 45))

    def lessons(self) -> Iterator[Incident]:
        """One class without a teacher at the first bell."""
        for campus in self._free(campus for campus in self._campuses if campus.stage == "junior"):
            first = bells(campus.stage, self._day)[0]
            yield self._strike(Kind.TEACHER_MISSING, campus, class_names(campus)[0], first.start_ms, first.end_ms)
            break

    def gateways(self) -> Iterator[Incident]:
        """One campus whose gateway sends everything twice, all day."""
        for campus in self._free(campus for campus in self._campuses if campus.bus_ids):
            yield self._strike(Kind.SENT_TWICE, campus, "*", self._day.opens_ms, self._day.closes_ms)
            break

    def _first_trips(self) -> Iterator[tuple[CampusPlan, str, Trip]]:
        for campus in self._campuses:
            for bus_id in campus.bus_ids:
                yield campus, bus_id, planned_trips(campus, bus_id, self._day, self._seed)[0]

    def _free(self, campuses: Iterable[CampusPlan]) -> list[CampusPlan]:
        return [campus for campus in campuses if campus.campus_id not in self._struck]

    def _strike(self, kind: Kind, campus: CampusPlan, subject: str, from_ms: int, to_ms: int) -> Incident:
        self._struck.add(campus.campus_id)
        return Incident(kind, campus.campus_id, subject, Window(from_ms, to_ms))


def _spans(trip: Trip, window: Window) -> bool:
    """Whether the trip is well under way when the window opens and still has stops to reach when it closes."""
    return trip.planned_ms[1] < window.from_ms and trip.planned_ms[-2] > window.to_ms
