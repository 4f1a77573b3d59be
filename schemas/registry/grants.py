"""Time-boxed permissions, and what may be done by them."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import StringConstraints

from schemas.ids import CampusId, GrantId, PersonId, SystemName
from schemas.registry.base import Lasting


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


class Grant(Lasting):
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
    is_emergency: bool = False
    """Break-glass: taken by the person for a severity-1 alert, at most 30 minutes, reported to the county."""
