"""Who asks: a bearer token turned into a principal, by registry facts and an instant alone."""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from schemas.ids import AppointmentId, AreaId, CampusId, ConsortiumId, PersonId, TokenId
from schemas.organisation import Organisation
from schemas.registry import Appointment, Centre, Role, ViewerCredential
from schemas.tokens import sha256_of, token_id_of

_NOBODY = "0" * 64


@dataclass(frozen=True)
class Principal:
    """The holder of a token: role and scope, taken apart by kind."""

    token_id: TokenId
    token_sha256: str
    role: Role
    consortia: frozenset[ConsortiumId]
    campuses: frozenset[CampusId]
    areas: frozenset[AreaId]
    person_id: PersonId | None = None
    """Who signed in; None for a program's token."""
    appointment_id: AppointmentId | None = None
    """The appointment in whose capacity the person asks."""
    centres: frozenset[Centre] = frozenset()
    """The functional centres of a member of staff; empty: every one."""
    until_ms: int | None = field(default=None, compare=False)
    """When the session or API token behind it ends by itself; None for a viewer token, whose fact says so."""
    holds: Callable[[int], bool] | None = field(default=None, compare=False, repr=False)
    """Whether the session or API token behind it stands at an instant; None for a viewer token, looked up by its id."""


def principal_of(credential: ViewerCredential) -> Principal:
    """The principal of a credential; scope strings of an unknown kind give nothing."""
    return _principal(
        credential.token_id,
        credential.token_sha256,
        credential.role,
        credential.scope,
        credential.centres,
        person_id=credential.person_id,
    )


def principal_of_appointment(appointment: Appointment) -> Principal:
    """What the holder of an appointment stands to, whoever lets them in and by which proof."""
    found = _principal(TokenId(""), _NOBODY, appointment.role, appointment.scope, appointment.centres)
    return replace(found, person_id=appointment.person_id, appointment_id=appointment.appointment_id)


def principal_of_role(role: Role, scope: Iterable[str]) -> Principal:
    """Anybody who holds a role over a scope: for a question about authority, never to let somebody in."""
    return _principal(TokenId(""), _NOBODY, role, frozenset(scope), frozenset())


@lru_cache(8192)
def _principal(  # noqa: PLR0913 — what a principal is made of
    token_id: TokenId,
    token_sha256: str,
    role: Role,
    scope: frozenset[str],
    centres: frozenset[Centre],
    *,
    person_id: PersonId | None = None,
) -> Principal:
    """Remembered, for a token asks again and again; what is remembered depends on nothing but the arguments."""
    return Principal(
        token_id=token_id,
        token_sha256=token_sha256,
        role=role,
        consortia=frozenset(ConsortiumId(name) for name in _scoped(scope, "consortium:")),
        campuses=frozenset(CampusId(name) for name in _scoped(scope, "campus:")),
        areas=frozenset(AreaId(name) for name in _scoped(scope, "area:")),
        centres=centres,
        person_id=person_id,
    )


def _scoped(scope: frozenset[str], kind: str) -> list[str]:
    return [name.removeprefix(kind) for name in scope if name.startswith(kind)]


def authenticate(authorization: str | None, facts: Organisation, at_ms: int) -> Principal | None:
    """The principal of an ``Authorization`` header, or None; an unknown token costs as much as a wrong one."""
    scheme, _, text = (authorization or "").partition(" ")
    token_id = token_id_of(text, "cvt") if scheme.lower() == "bearer" else None
    if token_id is None:
        return None
    credential = facts.viewers.get(token_id)
    known = hmac.compare_digest(sha256_of(text), credential.token_sha256 if credential else _NOBODY)
    if credential is None or not known or not _in_force(credential, at_ms):
        return None
    return principal_of(credential)


def is_valid(principal: Principal, facts: Organisation, at_ms: int) -> bool:
    """Whether a principal that was let in before may still be: same secret, not revoked, not expired."""
    if principal.holds is not None:
        return principal.holds(at_ms)
    credential = facts.viewers.get(principal.token_id)
    return credential is not None and credential.token_sha256 == principal.token_sha256 and _in_force(credential, at_ms)


def _in_force(credential: ViewerCredential, at_ms: int) -> bool:
    return not credential.revoked and (credential.not_after_ms is None or at_ms < credential.not_after_ms)
