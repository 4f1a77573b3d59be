"""The facts of ``campus.registry``: who exists, who belongs to whom and since when, who may send, who may look.

The topic is compacted: its key is :func:`fact_key`, its value one fact as JSON, or null when the fact was withdrawn.
"""

from enum import StrEnum
from typing import Annotated, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from schemas.ids import (
    AgreementId,
    AppointmentId,
    AreaId,
    CampusId,
    ConsortiumId,
    DutyId,
    GrantId,
    MembershipId,
    PairId,
    PersonId,
    SystemName,
    TokenId,
)

Instant = Annotated[int, Field(ge=0)]
"""Epoch milliseconds, UTC."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Fact(BaseModel):
    """Base of every registry fact: frozen and closed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Dated(Fact):
    """A fact that holds from ``valid_from_ms`` until ``valid_to_ms``."""

    valid_from_ms: Instant
    valid_to_ms: Instant | None = None
    """Exclusive; None: open."""

    def holds_at(self, instant_ms: int) -> bool:
        """Whether the fact is in force at an instant."""
        return self.valid_from_ms <= instant_ms and (self.valid_to_ms is None or instant_ms < self.valid_to_ms)


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


class Membership(Dated):
    """A dated edge: the campus belongs to the consortium in this mode from ``valid_from_ms`` until ``valid_to_ms``."""

    kind: Literal["membership"] = "membership"
    membership_id: MembershipId
    campus_id: CampusId
    consortium_id: ConsortiumId
    mode: Mode
    agreement_id: str | None = None


class Agreement(Dated):
    """What the schools of one membership have agreed beyond its mode, from ``valid_from_ms`` until ``valid_to_ms``."""

    kind: Literal["agreement"] = "agreement"
    agreement_id: AgreementId
    membership_id: MembershipId
    clauses: frozenset[SystemName]
    """The systems whose "only if agreed" holds: each names the legal footing (PIPL Art. 20, 21) of its sight."""


class CrossRegionPair(Dated):
    """Two campuses of different regions that share sessions and courses (跨地区教共体), and nothing else."""

    kind: Literal["pair"] = "pair"
    pair_id: PairId
    campus_ids: Annotated[frozenset[CampusId], Field(min_length=2, max_length=2)]
    agreement_id: str | None = None


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
    """In which capacity somebody asks; what each may see is the matrix of authority."""

    SUPERVISOR = "supervisor"
    """督导: core-school supervisor of one or several consortia."""
    HEAD = "head"
    """总校长: head of a consortium."""
    PRINCIPAL = "principal"
    """执行校长: own campuses."""
    STAFF = "staff"
    """教职工: own campuses, within the centres of the appointment."""
    AREA_LEAD = "area_lead"
    """片区长: the consortia of an area, by mandate of the bureau."""
    BUREAU = "bureau"
    """县教育局: a county."""
    TOWNSHIP = "township"
    """乡镇教辅室, where the level exists."""
    CITY = "city"
    """市教育局."""
    PROVINCE = "province"
    """省教育厅."""
    PARTNER = "partner"
    """The other half of a cross-region pair."""
    GUARDIAN = "guardian"
    """家长: own child's running trip, and nothing else."""
    BUS_OPERATOR = "bus_operator"
    """校车运营单位: own buses."""
    INSPECTOR = "inspector"
    """督学: a zone."""
    AUDITOR = "auditor"
    """审计: access log, grants and proofs; content only through a case."""
    INVESTIGATOR = "investigator"
    """An external authority: a case's export, and no standing access."""
    OPERATOR = "operator"
    """Runs the platform: health and metrics, never content."""


class Centre(StrEnum):
    """The five functional centres (五大中心) of a consortium: a member of staff sees the systems of their centres."""

    TEACHING = "teaching"
    MORAL_EDUCATION = "moral_education"
    LOGISTICS = "logistics"
    SAFETY = "safety"
    GENERAL = "general"


class Person(Fact):
    """A member of staff or of an authority who may hold appointments. Pupils and guardians are never persons here."""

    kind: Literal["person"] = "person"
    person_id: PersonId
    name: Name


ScopeText = Annotated[
    str, StringConstraints(pattern=r"^(consortium|campus|area):[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$")
]


class Appointment(Dated):
    """A dated capacity: the person holds the role over the scope from ``valid_from_ms`` until ``valid_to_ms``."""

    kind: Literal["appointment"] = "appointment"
    appointment_id: AppointmentId
    person_id: PersonId
    role: Role
    scope: frozenset[ScopeText]
    centres: frozenset[Centre] = frozenset()
    """Empty: every centre."""


class Duty(Fact):
    """One turn of a duty rota (值班表): who is on duty over a scope from ``valid_from_ms`` until ``valid_to_ms``."""

    kind: Literal["duty"] = "duty"
    duty_id: DutyId
    person_id: PersonId
    scope: ScopeText
    valid_from_ms: Instant
    valid_to_ms: Instant

    def holds_at(self, instant_ms: int) -> bool:
        """Whether the turn is on at an instant."""
        return self.valid_from_ms <= instant_ms < self.valid_to_ms


class Access(StrEnum):
    """What may be done to a campus system: the letters of the matrix of authority."""

    LIVE = "live"
    HISTORY = "history"
    AGGREGATE = "aggregate"
    """Counts only; fewer than five are not told."""
    COMMAND = "command"
    REQUEST = "request"
    """Ask; the owner campus must accept."""
    VIDEO = "video"
    """Only ever by a grant."""


class Grant(Fact):
    """A time-boxed permission for a purpose, approved by somebody else: it adds to the matrix and never outlives it."""

    kind: Literal["grant"] = "grant"
    grant_id: GrantId
    person_id: PersonId
    campus_ids: frozenset[CampusId]
    systems: frozenset[SystemName]
    access: frozenset[Access]
    purpose: Annotated[str, StringConstraints(min_length=4, max_length=200)]
    legal_basis: Annotated[str, StringConstraints(min_length=2, max_length=200)]
    approver_id: PersonId
    valid_from_ms: Instant
    valid_to_ms: Instant
    is_emergency: bool = False
    """Break-glass: taken by the person for a severity-1 alert, at most 30 minutes, reported to the county."""

    def holds_at(self, instant_ms: int) -> bool:
        """Whether the grant is in force at an instant."""
        return self.valid_from_ms <= instant_ms < self.valid_to_ms


class ViewerCredential(Fact):
    """A bearer token of a person or program that looks: role and scope."""

    kind: Literal["viewer"] = "viewer"
    token_id: TokenId
    token_sha256: Sha256Hex
    role: Role
    scope: frozenset[str]
    """``consortium:<id>``, ``campus:<id>`` or ``area:<id>``."""
    centres: frozenset[Centre] = frozenset()
    """Empty: every centre."""
    person_id: PersonId | None = None
    """Whose token it is; None: a program's."""
    not_after_ms: Instant | None = None
    revoked: bool = False


AnyFact = Annotated[
    Union[  # noqa: UP007 — read by pydantic
        Area,
        Campus,
        Consortium,
        Membership,
        Agreement,
        CrossRegionPair,
        SourceCredential,
        ViewerCredential,
        Person,
        Appointment,
        Duty,
        Grant,
    ],
    Field(discriminator="kind"),
]
FACT: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)


_KEYS: dict[str, tuple[str, str]] = {
    "area": ("area", "area_id"),
    "campus": ("campus", "campus_id"),
    "consortium": ("consortium", "consortium_id"),
    "membership": ("membership", "membership_id"),
    "agreement": ("agreement", "agreement_id"),
    "pair": ("pair", "pair_id"),
    "source": ("token", "token_id"),
    "viewer": ("token", "token_id"),
    "person": ("person", "person_id"),
    "appointment": ("appointment", "appointment_id"),
    "duty": ("duty", "duty_id"),
    "grant": ("grant", "grant_id"),
}


def fact_key(fact: AnyFact) -> str:
    """The compaction key of a fact: ``<kind>/<id>``; sources and viewers are tokens."""
    prefix, id_field = _KEYS[fact.kind]
    return f"{prefix}/{getattr(fact, id_field)}"
