"""Signing in by password, choosing the appointment, proving it again, signing out."""

from collections.abc import Iterable
from typing import NamedTuple

from api.identity.errors import NoAppointmentError, SecondFactorNeededError, SignInRefusedError
from api.identity.second_factor import factor_of, take_code
from api.identity.services import IdentityServices
from api.identity.standing import SignedIn, appointment_of, appointments_of
from schemas.identity import AnyIdentityFact, Password, Session, SessionEnd, User
from schemas.ids import AppointmentId, TokenId
from schemas.organisation import Organisation
from schemas.tokens import issue_token


class Proof(NamedTuple):
    """What somebody shows, and from where."""

    login: str
    password: str
    code: str | None
    address: str


class Opened(NamedTuple):
    """A fresh session; ``text`` is shown once."""

    text: str
    session: Session
    user: User


async def sign_in(services: IdentityServices, facts: Organisation, proof: Proof, at_ms: int) -> Opened:
    """Open a session for whoever proves to be the user.

    Raises:
        SignInRefusedError: something is wrong; what it is is not said.
        SecondFactorNeededError: the password is right, and a code is needed as well.
        TooManyAttemptsError: too many failures, or too many sign-ins at once.
        UnreachableError: the log did not take it.
    """
    user = services.facts.user_by_login(proof.login)
    taken = await check(services, user, proof, at_ms)
    if user is None:
        raise SignInRefusedError
    opened = new_session(user, facts, services.settings.absolute_ms, at_ms)
    await services.write(*taken, opened.session)
    return opened


async def check(services: IdentityServices, user: User | None, proof: Proof, at_ms: int) -> list[AnyIdentityFact]:
    """Check password and code. Returns facts that must be written before anything is given for them.

    Raises:
        SignInRefusedError: something is wrong; what it is is not said. Every case costs one hash.
        SecondFactorNeededError: the password is right, and a code is needed as well.
        TooManyAttemptsError: too many failures, or too many sign-ins at once.
    """
    services.attempts.admit(proof.login, proof.address)
    kept = services.facts.get(Password, user.user_id) if user else None
    is_right = await services.passwords.is_right(proof.password, kept.argon2 if kept else None)
    if user is None or user.disabled or not is_right:
        services.attempts.failed(proof.login, proof.address)
        raise SignInRefusedError
    taken = _take_second(services, user, proof, at_ms)
    services.attempts.succeeded(proof.login, proof.address)
    return taken


def _take_second(services: IdentityServices, user: User, proof: Proof, at_ms: int) -> list[AnyIdentityFact]:
    factor = factor_of(services, user.user_id)
    if factor is None:
        return []
    if not proof.code:
        raise SecondFactorNeededError
    taken = take_code(services, factor, proof.code, at_ms)
    if taken is None:
        services.attempts.failed(proof.login, proof.address)
        raise SignInRefusedError
    return [taken]


def new_session(user: User, facts: Organisation, life_ms: int, at_ms: int) -> Opened:
    """A session that is not written yet; the appointment is chosen where there is only one."""
    token = issue_token("css")
    held = appointments_of(user, facts, at_ms)
    session = Session(
        session_id=token.token_id,
        sha256=token.sha256,
        user_id=user.user_id,
        appointment_id=held[0].appointment_id if len(held) == 1 else None,
        created_ms=at_ms,
        last_strong_ms=at_ms,
        not_after_ms=at_ms + life_ms,
    )
    return Opened(token.text, session, user)


async def choose(
    services: IdentityServices,
    facts: Organisation,
    signed_in: SignedIn,
    appointment_id: AppointmentId | None,
    at_ms: int,
) -> Session:
    """Act in that appointment from now on; None: in none.

    Raises:
        NoAppointmentError: it is not one of the user's that is in force.
    """
    session, user = signed_in
    if appointment_id is not None and appointment_of(user, appointment_id, facts, at_ms) is None:
        raise NoAppointmentError
    changed = session.model_copy(update={"appointment_id": appointment_id})
    await services.write(changed)
    return changed


async def prove_again(services: IdentityServices, signed_in: SignedIn, proof: Proof, at_ms: int) -> Session:
    """Note that the user has just proved who they are, for what is delicate.

    Raises:
        SignInRefusedError, SecondFactorNeededError, TooManyAttemptsError: as for signing in.
    """
    taken = await check(services, signed_in.user, proof, at_ms)
    changed = signed_in.session.model_copy(update={"last_strong_ms": at_ms})
    await services.write(*taken, changed)
    return changed


def ends_of(sessions: Iterable[Session], at_ms: int, *, but: TokenId | None = None) -> list[AnyIdentityFact]:
    """Facts that end sessions for good."""
    return [
        SessionEnd(session_id=found.session_id, at_ms=at_ms, not_after_ms=found.not_after_ms)
        for found in sessions
        if found.session_id != but
    ]
