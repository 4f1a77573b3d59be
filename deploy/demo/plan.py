"""What the demonstration county consists of: campuses and consortia with everything that the actors need to know."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from deploy.demo.geography import CountyFacts, Point, Terrain
from schemas.ids import AreaId, CampusId, ConsortiumId
from schemas.registry import Mode

Stage = Literal["kindergarten", "primary", "junior"]


@dataclass(frozen=True)
class CampusPlan:
    """One campus."""

    campus_id: CampusId
    consortium_id: ConsortiumId
    name: str
    area_id: AreaId
    """Its township, or the county town."""
    stage: Stage
    position: Point
    terrain: Terrain
    has_blind_zones: bool
    """Buses of this county lose their radio now and then."""
    is_core: bool
    mode: Mode
    pupils: int
    classes: int
    boards: int
    access_points: int
    has_canteen: bool
    has_boarders: bool
    has_standby_link: bool
    """A mobile line on which the edge box still reports when the fibre is cut."""
    bus_ids: tuple[str, ...]

    @property
    def short(self) -> str:
        """``421181-007``: the id without its letter, for the names of its devices."""
        return self.campus_id.removeprefix("c-")


@dataclass(frozen=True)
class ConsortiumPlan:
    """One consortium with its campuses, the core first."""

    consortium_id: ConsortiumId
    name: str
    county: CountyFacts
    mode: Mode
    campuses: tuple[CampusPlan, ...]

    @property
    def core(self) -> CampusPlan:
        """The core school's campus."""
        return self.campuses[0]


@dataclass(frozen=True)
class County:
    """The whole demonstration: one county, several, or the city."""

    seed: int
    consortia: tuple[ConsortiumPlan, ...]
    key: str = ""
    """What its tokens depend on besides the seed. Empty: whoever knows the seed knows the tokens."""

    @property
    def token_seed(self) -> str:
        """What the tokens of this county are derived from."""
        return f"{self.seed}/{self.key}" if self.key else str(self.seed)

    @cached_property
    def campuses(self) -> tuple[CampusPlan, ...]:
        """Every campus, consortium by consortium."""
        return tuple(campus for consortium in self.consortia for campus in consortium.campuses)

    @cached_property
    def counties(self) -> tuple[CountyFacts, ...]:
        """The counties that are populated, each once."""
        return tuple({consortium.county.code: consortium.county for consortium in self.consortia}.values())

    @property
    def buses(self) -> int:
        """How many buses it has."""
        return sum(len(campus.bus_ids) for campus in self.campuses)
