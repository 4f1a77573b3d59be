"""Where things are: areas, campuses, consortia."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.ids import AreaId, CampusId, ConsortiumId, SystemName
from schemas.registry.base import Fact, Name


class AreaLevel(StrEnum):
    """The administrative ladder; the township level is optional."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"


class Area(Fact):
    """An administrative area."""

    kind: Literal["area"] = "area"
    area_id: AreaId
    level: AreaLevel
    name: Name
    parent_id: AreaId | None = None


class Campus(Fact):
    """A campus: the smallest place that is seen as one."""

    kind: Literal["campus"] = "campus"
    campus_id: CampusId
    name: Name
    area_id: AreaId
    """Its county, or a township under it."""
    stage: Literal["kindergarten", "primary", "junior", "nine_year", "senior", "special"]
    longitude_deg: Annotated[float, Field(ge=-180, le=180)]
    """WGS-84."""
    latitude_deg: Annotated[float, Field(ge=-90, le=90)]
    """WGS-84."""
    expected_devices: dict[SystemName, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """How many devices each system should be heard from; a system that is absent is not installed."""


class Consortium(Fact):
    """A consortium (教联体 / 教共体)."""

    kind: Literal["consortium"] = "consortium"
    consortium_id: ConsortiumId
    name: Name
    area_id: AreaId
    core_campus_id: CampusId
