"""Tokens: who may send, who may look. Only their SHA-256 is kept."""

from typing import Literal

from schemas.ids import CampusId, PersonId, SystemName, TokenId
from schemas.registry.base import Fact, Instant, Sha256Hex
from schemas.registry.roles import Centre, Role


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
