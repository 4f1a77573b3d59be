"""Overviews of a campus and of a consortium, from the live view, the organisation and an instant."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from api import examples
from api.authority.sight import Sight
from api.live.change import Change
from api.live.view import LiveView
from api.overview.aggregate import AggregateLine, aggregate_of
from api.overview.line import Condition, SystemLine, line_of, worst_first
from schemas.ids import CampusId, SystemName
from schemas.registry import Campus, Consortium, Membership, Mode
from schemas.systems import PRODUCT_SYSTEMS


class CampusLines(BaseModel):
    """A member campus with its systems, worst first."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [examples.CAMPUS]})

    campus_id: str
    name: str
    mode: Mode | None
    severity: int
    systems: list[SystemLine]
    aggregates: list[AggregateLine]
    """Systems of which this reader is told counts only."""


class ConsortiumOverview(BaseModel):
    """A consortium with its members, worst first. Only the members that the reader may see are in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [examples.CONSORTIUM]})

    consortium_id: str
    name: str
    at_ms: int
    """The instant against which every age was taken."""
    severity: int
    conditions: dict[Condition, int]
    """How many systems are in each condition."""
    open_alerts: tuple[int, int, int, int]
    devices_heard: int
    devices_expected: int
    devices_silent: int
    heard_ms: int | None
    """The newest hearing of any system."""
    watermark_ms: int | None
    """The oldest watermark: everything before it is known of every system that was ever heard from."""
    campuses: list[CampusLines]
    aggregates: list[AggregateLine]
    """Figures of the whole consortium of which this reader is told counts only."""


SightOf = Callable[[CampusId], Sight]


class Judge:
    """Makes lines against one instant, of what ``sight_of`` lets a reader see of each campus."""

    def __init__(self, view: LiveView, sight_of: SightOf, *, at_ms: int, stale_after_ms: int) -> None:
        self.view = view
        self.sight_of = sight_of
        self.at_ms = at_ms
        self._stale_after_ms = stale_after_ms

    def line(self, campus: Campus, system: str) -> SystemLine:
        """The line of one system, heard from or not."""
        document = self.view.document(campus.campus_id, system)
        return line_of(
            campus.campus_id,
            system,
            document.head if document else None,
            devices_expected=campus.expected_devices.get(SystemName(system), 0),
            at_ms=self.at_ms,
            stale_after_ms=self._stale_after_ms,
        )

    def campus(self, campus: Campus, mode: Mode | None = None) -> CampusLines:
        """Every system that is installed or was heard from and may be seen, worst first; then those in counts only."""
        sight, heard = self.sight_of(campus.campus_id), _heard(self.view.campus(campus.campus_id))
        names = (set(heard) | set(campus.expected_devices)) - set(PRODUCT_SYSTEMS)  # a quiet record is nothing stale
        full = (name for name in names if sight.form_of(name) == "full")
        lines = sorted((self.line(campus, name) for name in full), key=worst_first)
        return CampusLines(
            campus_id=campus.campus_id,
            name=campus.name,
            mode=mode,
            severity=lines[0].severity if lines else 0,
            systems=lines,
            aggregates=_aggregates(sight, names, heard),
        )

    def consortium(
        self,
        consortium: Consortium,
        members: Mapping[CampusId, Membership],
        campuses: Mapping[CampusId, Campus],
        rollups: Sight,
    ) -> ConsortiumOverview:
        """Every given member, worst first, and the sums; of the consortium's own figures what ``rollups`` lets see."""
        heard = _heard(self.view.consortium(consortium.consortium_id))
        found = [
            self.campus(campuses[campus_id], edge.mode) for campus_id, edge in members.items() if campus_id in campuses
        ]
        found.sort(key=_worst_campus_first)
        lines = [line for campus in found for line in campus.systems]
        return ConsortiumOverview(
            consortium_id=consortium.consortium_id,
            name=consortium.name,
            at_ms=self.at_ms,
            severity=min((line.severity for line in lines if line.severity), default=0),
            conditions=_count(lines),
            open_alerts=_add_alerts(lines),
            devices_heard=sum(line.devices_heard for line in lines),
            devices_expected=sum(line.devices_expected for line in lines),
            devices_silent=sum(line.devices_silent for line in lines),
            heard_ms=max((line.heard_ms for line in lines if line.heard_ms is not None), default=None),
            watermark_ms=min((line.watermark_ms for line in lines if line.watermark_ms is not None), default=None),
            campuses=found,
            aggregates=_aggregates(rollups, heard, heard),
        )


def _heard(documents: Mapping[str, Change]) -> dict[str, Change]:
    return {name: document for name, document in documents.items() if document.event != "gone"}


def _aggregates(sight: Sight, names: Iterable[str], heard: Mapping[str, Change]) -> list[AggregateLine]:
    told = sorted(name for name in names if sight.form_of(name) == "aggregate")
    return [aggregate_of(name, heard[name].counted if name in heard else None) for name in told]


def _worst_campus_first(campus: CampusLines) -> tuple[object, ...]:
    """By the worst of its lines; a campus without any system comes last."""
    return (0, worst_first(campus.systems[0])) if campus.systems else (1, campus.campus_id)


def _count(lines: Iterable[SystemLine]) -> dict[Condition, int]:
    counts = Counter(line.condition for line in lines)
    return {condition: counts[condition] for condition in Condition}


def _add_alerts(lines: Iterable[SystemLine]) -> tuple[int, int, int, int]:
    one = two = three = four = 0
    for line in lines:
        one, two = one + line.open_alerts[0], two + line.open_alerts[1]
        three, four = three + line.open_alerts[2], four + line.open_alerts[3]
    return one, two, three, four
