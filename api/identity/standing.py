"""Whether a session or an API token stands at an instant, and the principal that it gives: pure, by facts alone."""

import hmac
from collections.abc import Callable
from typing import Final, NamedTuple

from api.authority.principal import Principal
from schemas.identity import ApiToken, Password, Session, SessionEnd, User
from schemas.identity_fold import Identity
from schemas.ids import AppointmentId, AreaId, CampusId, ConsortiumId, TokenId
from schemas.organisation import Organisation
from schemas.registry import Appointment, Role
from schemas.tokens import sha256_of

_NOBODY = "0" * 64


class SignedIn(NamedTuple):
    """A session that stands, and whose it is."""

    session: Session
    user: User


Remembered = dict[TokenId, tuple[Session | ApiToken, Appointment, Principal]]
"""Principals by session or token, each with the very facts that it was made from."""
REMEMBERED_MAX: Final = 65_536


class Facts(NamedTuple):
    """What is known: of users and of the organisation."""

    identity: Identity
    organisation: Organisation
    remembered: Remembered
    """Principals made before; one is used again only while the facts behind it are the same objects."""


def session_of(text: str, session_id: TokenId, identity: Identity, at_ms: int) -> SignedIn | None:
    """The session of a token that has the form of one; an unknown one costs as much as a wrong one."""
    session = identity.get(Session, session_id)
    right = hmac.compare_digest(sha256_of(text), session.sha256 if session else _NOBODY)
    if session is None or not right:
        return None
    user = user_of_session(session, identity, at_ms)
    return SignedIn(session, user) if user else None


def user_of_session(session: Session, identity: Identity, at_ms: int) -> User | None:
    """The user, when the session is neither over, expired, older than the password, nor the user's who is disabled."""
    if session.revoked or at_ms >= session.not_after_ms or identity.get(SessionEnd, session.session_id) is not None:
        return None
    user = identity.get(User, session.user_id)
    if user is None or user.disabled:
        return None
    password = identity.get(Password, session.user_id)
    return None if password is not None and session.created_ms < password.set_ms else user


def api_token_of(text: str, token_id: TokenId, identity: Identity, at_ms: int) -> ApiToken | None:
    """The API token in force of that text."""
    token = identity.get(ApiToken, token_id)
    right = hmac.compare_digest(sha256_of(text), token.sha256 if token else _NOBODY)
    return token if token is not None and right and _in_force(token, identity, at_ms) else None


def _in_force(token: ApiToken, identity: Identity, at_ms: int) -> bool:
    user = identity.get(User, token.user_id)
    return not token.revoked and at_ms < token.not_after_ms and user is not None and not user.disabled


def appointment_of(
    user: User, appointment_id: AppointmentId | None, facts: Organisation, at_ms: int
) -> Appointment | None:
    """The appointment, when it is in force and the user's own."""
    found = facts.appointments.get(appointment_id) if appointment_id else None
    own = found is not None and found.person_id == user.person_id
    return found if own and found is not None and found.holds_at(at_ms) else None


def appointments_of(user: User, facts: Organisation, at_ms: int) -> list[Appointment]:
    """The appointments in which the user may act at an instant. Looks at all of them: for signing in, not for reads."""
    if user.person_id is None:
        return []
    held = (found for found in facts.appointments.values() if found.person_id == user.person_id)
    return sorted((found for found in held if found.holds_at(at_ms)), key=lambda found: found.appointment_id)


def principal_of_session(signed_in: SignedIn, facts: Facts, at_ms: int) -> Principal | None:
    """Who asks by a session; None when no appointment in force is chosen. An administrator without one sees nothing."""
    session, user = signed_in
    appointment = appointment_of(user, session.appointment_id, facts.organisation, at_ms)
    if appointment is None and not user.is_administrator:
        return None
    if known := _known(facts, session.session_id, session, appointment):
        return known

    def holds(then_ms: int) -> bool:
        now = facts.identity.get(Session, session.session_id)
        same = now is not None and now.sha256 == session.sha256 and now.appointment_id == session.appointment_id
        then = user_of_session(now, facts.identity, then_ms) if now is not None and same else None
        if then is None:
            return False
        return appointment_of(then, session.appointment_id, facts.organisation, then_ms) == appointment

    if appointment is None:
        return _administrator(session, user, holds)
    until_ms = session.not_after_ms
    made = _principal(
        session.session_id, session.sha256, appointment, scope=appointment.scope, until_ms=until_ms, holds=holds
    )
    return _remember(facts, session, appointment, made)


def principal_of_api_token(token: ApiToken, facts: Facts, at_ms: int) -> Principal | None:
    """Who asks by an API token; None when its appointment is over. Its scope never exceeds the appointment's."""
    appointment = _appointment_of_token(token, facts, at_ms)
    if appointment is None:
        return None
    if known := _known(facts, token.token_id, token, appointment):
        return known

    def holds(then_ms: int) -> bool:
        now = facts.identity.get(ApiToken, token.token_id)
        stands = now is not None and now.sha256 == token.sha256 and _in_force(now, facts.identity, then_ms)
        return stands and _appointment_of_token(token, facts, then_ms) == appointment

    scope = appointment.scope & token.scope if token.scope else appointment.scope
    until_ms = token.not_after_ms
    made = _principal(token.token_id, token.sha256, appointment, scope=scope, until_ms=until_ms, holds=holds)
    return _remember(facts, token, appointment, made)


def _known(
    facts: Facts, token_id: TokenId, held: Session | ApiToken, appointment: Appointment | None
) -> Principal | None:
    found = facts.remembered.get(token_id)
    return found[2] if found is not None and found[0] is held and found[1] is appointment else None


def _remember(facts: Facts, held: Session | ApiToken, appointment: Appointment, made: Principal) -> Principal:
    if len(facts.remembered) >= REMEMBERED_MAX:
        facts.remembered.clear()
    facts.remembered[made.token_id] = (held, appointment, made)
    return made


def _appointment_of_token(token: ApiToken, facts: Facts, at_ms: int) -> Appointment | None:
    user = facts.identity.get(User, token.user_id)
    return appointment_of(user, token.appointment_id, facts.organisation, at_ms) if user else None


def _principal(  # noqa: PLR0913 — each part comes from another fact
    token_id: TokenId,
    sha256: str,
    appointment: Appointment,
    *,
    scope: frozenset[str],
    until_ms: int,
    holds: Callable[[int], bool],
) -> Principal:
    ids: dict[str, list[str]] = {"consortium": [], "campus": [], "area": []}
    for text in scope:
        kind, _, entity_id = text.partition(":")
        ids[kind].append(entity_id)
    return Principal(
        token_id=token_id,
        token_sha256=sha256,
        role=appointment.role,
        consortia=frozenset(map(ConsortiumId, ids["consortium"])),
        campuses=frozenset(map(CampusId, ids["campus"])),
        areas=frozenset(map(AreaId, ids["area"])),
        person_id=appointment.person_id,
        appointment_id=appointment.appointment_id,
        centres=appointment.centres,
        until_ms=until_ms,
        holds=holds,
    )


def _administrator(session: Session, user: User, holds: Callable[[int], bool]) -> Principal:
    return Principal(
        token_id=session.session_id,
        token_sha256=session.sha256,
        role=Role.OPERATOR,
        consortia=frozenset(),
        campuses=frozenset(),
        areas=frozenset(),
        person_id=user.person_id,
        until_ms=session.not_after_ms,
        holds=holds,
    )
