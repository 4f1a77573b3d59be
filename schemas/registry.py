"""The facts of ``campus.registry``: who exists, who belongs to whom and since when, who may send, who may look.

The topic is compacted: its key is :func:`fact_key`, its value one fact as JSON, or null when the fact was withdrawn.
"""

from enum import StrEnum
from typing import Annotated, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from schemas.ids import AreaId, CampusId, ConsortiumId, MembershipId, SystemName, TokenId

Instant = Annotated[int, Field(ge=0)]
"""Epoch milliseconds, UTC."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Fact(BaseModel):
    """Base of every registry fact: frozen and closed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Mode(StrEnum):
    """How tightly a campus is bound to its consortium; it decides what a supervisor may see (issue of authority)."""

    FUSION = "fusion"
    """融合型: one legal person."""
    CO_BUILT = "co_built"
    """共建型: separate legal persons, teaching led by the core school."""
    COOPERATIVE = "cooperative"
    """协作型: guidance and joint sessions only."""


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


class Membership(Fact):
    """A dated edge: the campus belongs to the consortium in this mode from ``valid_from_ms`` until ``valid_to_ms``."""

    kind: Literal["membership"] = "membership"
    membership_id: MembershipId
    campus_id: CampusId
    consortium_id: ConsortiumId
    mode: Mode
    valid_from_ms: Instant
    valid_to_ms: Instant | None = None
    """Exclusive; None: open."""
    agreement_id: str | None = None

    def holds_at(self, instant_ms: int) -> bool:
        """Whether the edge is in force at an instant."""
        return self.valid_from_ms <= instant_ms and (self.valid_to_ms is None or instant_ms < self.valid_to_ms)


Sha256Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SourceCredential(Fact):
    """What a source of events may send: it speaks for these campuses, in these types, and for nothing else."""

    kind: Literal["source"] = "source"
    token_id: TokenId
    token_sha256: Sha256Hex
    campus_ids: frozenset[CampusId]
    systems: frozenset[SystemName]
    """The systems whose types it may send."""
    not_after_ms: Instant | None = None
    revoked: bool = False


class Role(StrEnum):
    """Who asks. The full matrix of roles is a table of its own; these are the ones that hold a scope today."""

    SUPERVISOR = "supervisor"
    """Core-school supervisor: one or several consortia."""
    PRINCIPAL = "principal"
    """Executive principal: own campuses."""
    BUREAU = "bureau"
    """County bureau: a county."""
    OPERATOR = "operator"
    """Runs the platform: health and metrics, never content."""


class ViewerCredential(Fact):
    """A bearer token of a person or program that looks: role and scope."""

    kind: Literal["viewer"] = "viewer"
    token_id: TokenId
    token_sha256: Sha256Hex
    role: Role
    scope: frozenset[str]
    """``consortium:<id>``, ``campus:<id>`` or ``area:<id>``."""
    not_after_ms: Instant | None = None
    revoked: bool = False


AnyFact = Annotated[
    Union[Area, Campus, Consortium, Membership, SourceCredential, ViewerCredential],  # noqa: UP007 — read by pydantic
    Field(discriminator="kind"),
]
FACT: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)


def fact_key(fact: AnyFact) -> str:
    """The compaction key of a fact: ``<kind>/<id>``."""
    match fact:
        case Area():
            return f"area/{fact.area_id}"
        case Campus():
            return f"campus/{fact.campus_id}"
        case Consortium():
            return f"consortium/{fact.consortium_id}"
        case Membership():
            return f"membership/{fact.membership_id}"
        case SourceCredential() | ViewerCredential():
            return f"token/{fact.token_id}"
