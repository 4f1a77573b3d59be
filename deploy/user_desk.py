"""Makes, lists, disables and resets users, for operators: by the log alone, whether the API runs or not."""

from collections.abc import Iterable
from typing import NamedTuple, Self

from api.identity.accounts import NewUser, invitation_for, reset_of, user_from
from api.identity.errors import LoginTakenError
from api.identity.sessions import ends_of
from deploy.attach import attach
from deploy.fact_reader import read_facts
from deploy.registry_reader import read_organisation
from deploy.registry_writer import write_records
from schemas.clock import Clock
from schemas.errors import ConfigurationError
from schemas.identity import Activation, AnyIdentityFact, Password, User, identity_key
from schemas.identity_fold import Identity
from schemas.ids import PersonId
from schemas.topics import IDENTITY


class UserDeskRefusedError(ConfigurationError):
    """The user asked for makes no sense: unknown, taken, or of a person whom nobody knows."""

    code = "CAMP-341"


class UserRow(NamedTuple):
    """A user as a list shows it."""

    user_id: str
    login: str
    person_id: str
    is_administrator: bool
    state: str
    """``active``, ``invited`` (no password yet) or ``disabled``."""


class UserDesk:
    """The users of one deployment."""

    def __init__(self, bootstrap: str, prefix: str, clock: Clock, activation_ms: int) -> None:
        self._bootstrap, self._prefix, self._clock, self._activation_ms = bootstrap, prefix, clock, activation_ms

    @classmethod
    def of_this_deployment(cls) -> Self:
        """The desk of the deployment that the settings, or the data directory, name."""
        attached = attach()
        settings = attached.settings
        return cls(attached.bootstrap, settings.prefix, settings.clock.build(), settings.identity.activation_ms)

    def add(self, login: str, person_id: str | None, *, is_administrator: bool) -> str:
        """Make a user. Returns the code with which they set their password, which nobody can see again.

        Raises:
            UserDeskRefusedError: the login is taken or not acceptable, or the person is unknown.
        """
        if person_id is not None and person_id not in read_organisation(self._bootstrap, self._prefix).persons:
            raise _refused(f"没有人员 / there is no person {person_id}", "campanile org show")
        wanted = NewUser(login, PersonId(person_id) if person_id is not None else None, is_administrator)
        try:
            user = user_from(wanted, self._identity())
        except LoginTakenError as error:
            raise _refused("登录名已被使用 / the login is taken", "campanile user list") from error
        except ValueError as error:  # pydantic's refusal is one
            raise _refused("登录名不合格 / the login is not acceptable", "2–64 letters, digits, _ . @ + -") from error
        invited, activation = invitation_for(user, self._activation_ms, self._clock.now_ms())
        self._write([user, activation])
        return invited.code

    def reset(self, login: str) -> str:
        """Take password, second factor, sessions and tokens away. Returns the code for a new password.

        Raises:
            UserDeskRefusedError: there is no such user.
        """
        identity, at_ms = self._identity(), self._clock.now_ms()
        user = _found(identity, login)
        facts, withdrawn = reset_of(user, identity, at_ms)
        invited, activation = invitation_for(user, self._activation_ms, at_ms)
        self._write([*facts, activation], withdrawn)
        return invited.code

    def set_disabled(self, login: str, *, disabled: bool) -> None:
        """Let nobody in as this user, or again; open sessions end within a second and stay over.

        Raises:
            UserDeskRefusedError: there is no such user.
        """
        identity = self._identity()
        user = _found(identity, login)
        ends = ends_of(identity.sessions_of(user.user_id), self._clock.now_ms()) if disabled else []
        self._write([user.model_copy(update={"disabled": disabled}), *ends])

    def rows(self) -> list[UserRow]:
        """Every user, in the order of their logins."""
        identity = self._identity()
        return sorted((_row(user, identity) for user in identity.all(User)), key=lambda row: row.login)

    def _identity(self) -> Identity:
        identity = Identity()
        read_facts(self._bootstrap, self._prefix, IDENTITY, identity, "campanile doctor")
        return identity

    def _write(self, facts: Iterable[AnyIdentityFact], withdrawn: Iterable[str] = ()) -> None:
        records: list[tuple[str, bytes | None]] = [
            (identity_key(fact), fact.model_dump_json().encode()) for fact in facts
        ]
        records += [(key, None) for key in withdrawn]
        write_records(self._bootstrap, self._prefix, records, IDENTITY)


def _found(identity: Identity, login: str) -> User:
    user = identity.user_by_login(login)
    if user is None:
        raise _refused("没有这个用户 / there is no such user", "campanile user list")
    return user


def _row(user: User, identity: Identity) -> UserRow:
    is_invited = identity.get(Activation, user.user_id) is not None and identity.get(Password, user.user_id) is None
    state = "disabled" if user.disabled else "invited" if is_invited else "active"
    return UserRow(user.user_id, user.login, user.person_id or "", user.is_administrator, state)


def _refused(message: str, remedy: str) -> UserDeskRefusedError:
    return UserDeskRefusedError(message, remedy=remedy)
