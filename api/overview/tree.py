"""The organisation as a reader may see it: areas that hold something visible, their consortia and campuses."""

from collections import defaultdict

from pydantic import BaseModel, ConfigDict

from api import examples
from api.authority.principal import Principal
from api.authority.sight import sight_of
from api.authority.visible import visible_campuses, visible_consortia, visible_members
from schemas.ids import AreaId, CampusId, ConsortiumId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Area, AreaLevel, Campus, Membership, Mode


class _Node(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CampusNode(_Node):
    """A campus; ``mode`` and dates are those of its membership where it stands under a consortium."""

    campus_id: str
    name: str
    stage: str
    area_id: str
    longitude_deg: float
    latitude_deg: float
    expected_devices: dict[str, int]
    """Of the systems that the reader sees in full."""
    mode: Mode | None = None
    member_from_ms: int | None = None
    member_to_ms: int | None = None


class ConsortiumNode(_Node):
    """A consortium with its visible members at this instant."""

    consortium_id: str
    name: str
    core_campus_id: str
    campuses: list[CampusNode]


class AreaNode(_Node):
    """An area; ``campuses`` are those that stand under no visible consortium of it."""

    area_id: str
    level: AreaLevel
    name: str
    areas: list["AreaNode"]
    consortia: list[ConsortiumNode]
    campuses: list[CampusNode]


class OrganisationTree(_Node):
    """The visible part of the organisation."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ORGANISATION]})

    at_ms: int
    version: int
    """Grows with every fact; a reader that holds the same number holds the same tree."""
    areas: list[AreaNode]
    consortia: list[ConsortiumNode]
    """Visible consortia of an area that nobody has declared."""
    campuses: list[CampusNode]
    """Visible campuses, under no visible consortium, of an area that nobody has declared."""


class _Grower:
    def __init__(self, principal: Principal, facts: Organisation, at_ms: int) -> None:
        self._facts = facts
        self._principal = principal
        self._at_ms = at_ms
        self._consortia: dict[AreaId, list[ConsortiumNode]] = defaultdict(list)
        self._campuses: dict[AreaId, list[CampusNode]] = defaultdict(list)
        placed: set[CampusId] = set()
        for consortium_id in visible_consortia(principal, facts, at_ms):
            members = visible_members(principal, consortium_id, facts, at_ms)
            placed.update(members)
            self._consortia[facts.consortia[consortium_id].area_id].append(self._consortium(consortium_id, members))
        for campus_id in visible_campuses(principal, facts, at_ms):
            if campus_id not in placed:
                campus = facts.campuses[campus_id]
                self._campuses[campus.area_id].append(self._campus(campus, None))
        self._shown = self._with_ancestors({*self._consortia, *self._campuses})
        self._children: dict[AreaId | None, list[Area]] = defaultdict(list)
        for area_id in sorted(self._shown):
            area = facts.areas[area_id]
            self._children[area.parent_id if area.parent_id in self._shown else None].append(area)

    def _consortium(self, consortium_id: ConsortiumId, members: dict[CampusId, Membership]) -> ConsortiumNode:
        consortium = self._facts.consortia[consortium_id]
        return ConsortiumNode(
            consortium_id=consortium_id,
            name=consortium.name,
            core_campus_id=consortium.core_campus_id,
            campuses=[self._campus(self._facts.campuses[campus_id], edge) for campus_id, edge in members.items()],
        )

    def _campus(self, campus: Campus, edge: Membership | None) -> CampusNode:
        sight = sight_of(self._principal, self._facts, campus.campus_id, self._at_ms)
        devices = {name: count for name, count in campus.expected_devices.items() if sight.form_of(name) == "full"}
        return _campus(campus, edge, devices)

    def _with_ancestors(self, area_ids: set[AreaId]) -> set[AreaId]:
        shown: set[AreaId] = set()
        for start in area_ids:
            current: AreaId | None = start
            while current is not None and current not in shown and current in self._facts.areas:
                shown.add(current)
                current = self._facts.areas[current].parent_id
        return shown

    def grow(self, parent_id: AreaId | None = None) -> list[AreaNode]:
        return [
            AreaNode(
                area_id=area.area_id,
                level=area.level,
                name=area.name,
                areas=self.grow(area.area_id),
                consortia=self._consortia.get(area.area_id, []),
                campuses=self._campuses.get(area.area_id, []),
            )
            for area in self._children.get(parent_id, [])
        ]

    def strays(self) -> tuple[list[ConsortiumNode], list[CampusNode]]:
        known = self._facts.areas
        consortia = [node for area_id, nodes in self._consortia.items() if area_id not in known for node in nodes]
        campuses = [node for area_id, nodes in self._campuses.items() if area_id not in known for node in nodes]
        return consortia, campuses


def _campus(campus: Campus, edge: Membership | None, expected_devices: dict[SystemName, int]) -> CampusNode:
    return CampusNode(
        campus_id=campus.campus_id,
        name=campus.name,
        stage=campus.stage,
        area_id=campus.area_id,
        longitude_deg=campus.longitude_deg,
        latitude_deg=campus.latitude_deg,
        expected_devices={str(name): count for name, count in expected_devices.items()},
        mode=edge.mode if edge else None,
        member_from_ms=edge.valid_from_ms if edge else None,
        member_to_ms=edge.valid_to_ms if edge else None,
    )


def tree_of(principal: Principal, facts: Organisation, at_ms: int) -> OrganisationTree:
    """The tree that a principal may see. A campus of two visible consortia stands under both."""
    grower = _Grower(principal, facts, at_ms)
    consortia, campuses = grower.strays()
    return OrganisationTree(
        at_ms=at_ms, version=facts.version, areas=grower.grow(), consortia=consortia, campuses=campuses
    )
