"""What binds campuses to one another for as long as its dates say: membership, agreement, cross-region pair."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.ids import AgreementId, CampusId, ConsortiumId, MembershipId, PairId, SystemName
from schemas.registry.base import Dated


class Mode(StrEnum):
    """How tightly a campus is bound to its consortium; it decides what a supervisor may see."""

    FUSION = "fusion"
    """融合型: one legal person."""
    CO_BUILT = "co_built"
    """共建型: separate legal persons, teaching led by the core school."""
    COOPERATIVE = "cooperative"
    """协作型: guidance and joint sessions only."""


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
