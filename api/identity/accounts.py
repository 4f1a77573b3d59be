"""Users from their first to their last day: made, invited, given a password, disabled, reset."""

import secrets
from typing import NamedTuple

from api.identity.errors import (
    ActivationRefusedError,
    LoginTakenError,
    SetupRefusedError,
)
from api.identity.password_rules import require_good_password
from api.identity.services import IdentityServices
from api.identity.sessions import Opened, ends_of, new_session
from api.identity.shapes import UserView, user_view
from api.identity.standing import SignedIn
from schemas.identity import (
    Activation,
    AnyIdentityFact,
    Password,
    SecondFactor,
    User,
)
from schemas.identity_fold import Identity
from schemas.ids import PersonId, UserId
from schemas.organisation import Organisation
from schemas.tokens import issue_token, matches, token_id_of


class NewUser(NamedTuple):
    """Who is to be made."""

    login: str
    person_id: PersonId | None = None
    is_administrator: bool = False
    oidc_subject: str | None = None


class Invited(NamedTuple):
    """A user, and the code with which they set their password; shown once."""

    user: User
    code: str
    not_after_ms: int


def user_from(wanted: NewUser, identity: Identity) -> User:
    """The user to be written.

    Raises:
        LoginTakenError: somebody has the login or the subject.
    """
    taken = identity.user_by_login(wanted.login)
    taken = taken or (identity.user_by_subject(wanted.oidc_subject) if wanted.oidc_subject else None)
    if taken is not None:
        raise LoginTakenError
    return User(
        user_id=UserId("u-" + secrets.token_hex(8)),
        login=wanted.login.lower(),
        person_id=wanted.person_id,
        is_administrator=wanted.is_administrator,
        oidc_subject=wanted.oidc_subject,
    )


def invitation_for(user: User, life_ms: int, at_ms: int) -> tuple[Invited, Activation]:
    """A fresh code for a user, and the fact to be written; it takes the place of an earlier one."""
    token = issue_token("cac")
    until_ms = at_ms + life_ms
    activation = Activation(user_id=user.user_id, code_id=token.token_id, sha256=token.sha256, not_after_ms=until_ms)
    return Invited(user, token.text, until_ms), activation


def reset_of(user: User, identity: Identity, at_ms: int) -> tuple[list[AnyIdentityFact], list[str]]:
    """What takes every proof, session and token away from a user: facts, and keys to be withdrawn."""
    facts: list[AnyIdentityFact] = ends_of(identity.sessions_of(user.user_id), at_ms)
    facts += [token.model_copy(update={"revoked": True}) for token in identity.api_tokens_of(user.user_id)]
    return facts, [f"{kind}/{user.user_id}" for kind in ("password", "second_factor", "code_use")]


async def add_user(services: IdentityServices, wanted: NewUser, at_ms: int) -> Invited:
    """Make a user who sets a password by the code.

    Raises:
        LoginTakenError: somebody has the login or the subject.
    """
    async with services.making:
        user = user_from(wanted, services.facts)
        invited, activation = invitation_for(user, services.settings.activation_ms, at_ms)
        await services.write(user, activation)
    return invited


async def reset_user(services: IdentityServices, user: User, at_ms: int) -> Invited:
    """Take every proof and session away from a user, and invite them anew."""
    facts, withdrawn = reset_of(user, services.facts, at_ms)
    invited, activation = invitation_for(user, services.settings.activation_ms, at_ms)
    await services.write(*facts, activation, withdrawn=tuple(withdrawn))
    services.steps.pop(user.user_id, None)
    return invited


async def set_disabled(services: IdentityServices, user: User, *, disabled: bool, at_ms: int) -> User:
    """Let nobody in as this user, from now on, or again; open sessions are over and stay over."""
    changed = user.model_copy(update={"disabled": disabled})
    ends = ends_of(services.facts.sessions_of(user.user_id), at_ms) if disabled else []
    await services.write(changed, *ends)
    return changed


async def activate(services: IdentityServices, code: str, password: str, at_ms: int) -> User:
    """Set the first, or a new, password of the user to whom the code was given; the code is used up.

    Raises:
        ActivationRefusedError: the code is unknown, used or expired, or the user is disabled.
        PasswordRefusedError: the password is too easy to guess; the code stays good.
    """
    found = _activation_of(services.facts, code, at_ms)
    if found is None:
        raise ActivationRefusedError
    activation, user = found
    require_good_password(password, user.login, services.settings.password_least)
    encoded = await services.passwords.encoded(password)
    async with services.making:
        if services.facts.get(Activation, user.user_id) != activation:
            raise ActivationRefusedError
        ends = ends_of(services.facts.sessions_of(user.user_id), at_ms)
        fresh = Password(user_id=user.user_id, argon2=encoded, set_ms=at_ms)
        await services.write(fresh, *ends, withdrawn=(f"activation/{user.user_id}",))
    return user


def _activation_of(identity: Identity, code: str, at_ms: int) -> tuple[Activation, User] | None:
    code_id = token_id_of(code.strip(), "cac")
    for activation in identity.all(Activation):
        if activation.code_id == code_id and matches(code.strip(), activation.sha256):
            user = identity.get(User, activation.user_id)
            usable = user is not None and not user.disabled and at_ms < activation.not_after_ms
            return (activation, user) if user is not None and usable else None
    return None


async def change_password(
    services: IdentityServices, facts: Organisation, signed_in: SignedIn, password: str, at_ms: int
) -> Opened:
    """Set a new password; every session of the user is over, and a fresh one takes the place of this one.

    Raises:
        PasswordRefusedError: it is too easy to guess.
    """
    user = signed_in.user
    require_good_password(password, user.login, services.settings.password_least)
    encoded = await services.passwords.encoded(password)
    opened = new_session(user, facts, services.settings.absolute_ms, at_ms)
    session = opened.session.model_copy(update={"appointment_id": signed_in.session.appointment_id})
    ends = ends_of(services.facts.sessions_of(user.user_id), at_ms)
    await services.write(Password(user_id=user.user_id, argon2=encoded, set_ms=at_ms), *ends, session)
    return opened._replace(session=session)


async def set_up(services: IdentityServices, code: str, wanted: NewUser, password: str, at_ms: int) -> User:
    """Make the first user, an administrator.

    Raises:
        SetupRefusedError: the code is wrong, or somebody was faster.
        PasswordRefusedError: the password is too easy to guess; the code stays good.
    """
    if not services.setup_code.is_right(code):
        raise SetupRefusedError
    require_good_password(password, wanted.login, services.settings.password_least)
    encoded = await services.passwords.encoded(password)
    async with services.making:
        if services.has_users():
            raise SetupRefusedError
        user = user_from(wanted._replace(is_administrator=True), services.facts)
        await services.write(user, Password(user_id=user.user_id, argon2=encoded, set_ms=at_ms))
    services.setup_code.take_back()
    return user


def view_of(user: User, identity: Identity) -> UserView:
    """A user as it is shown."""
    factor = identity.get(SecondFactor, user.user_id)
    return user_view(
        user,
        has_password=identity.get(Password, user.user_id) is not None,
        has_second_factor=factor is not None and factor.is_confirmed,
    )
