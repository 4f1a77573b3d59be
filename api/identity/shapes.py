"""Bodies of the routes of accounts. What is secret is typed as such, so that no trace of an error shows it."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from schemas.identity import ApiToken, Login, User
from schemas.ids import AppointmentId, PersonId, TokenId, UserId
from schemas.registry import Appointment, Name, Role, ScopeText


def _encodable(secret: SecretStr) -> SecretStr:
    """JSON can spell half a surrogate pair, which is no character."""
    secret.get_secret_value().encode()
    return secret


Secret = Annotated[SecretStr, Field(min_length=1, max_length=1024), AfterValidator(_encodable)]
ShortCode = Annotated[SecretStr, Field(min_length=1, max_length=64), AfterValidator(_encodable)]
LongCode = Annotated[SecretStr, Field(min_length=1, max_length=128), AfterValidator(_encodable)]
IdText = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$")]


class Body(BaseModel):
    """Base: frozen and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SignInBody(Body):
    """Proof by password, and by a one-time or recovery code where the user has a second factor."""

    login: ShortCode
    password: Secret
    code: ShortCode | None = None


class ProofBody(Body):
    """The same proof again."""

    password: Secret
    code: ShortCode | None = None


class NewPasswordBody(ProofBody):
    """The present password and the new one."""

    new_password: Secret


class AppointmentBody(Body):
    """The appointment to act in; null: none."""

    appointment_id: IdText | None


class CodeBody(Body):
    """A one-time code."""

    code: ShortCode


class SetupBody(Body):
    """The set-up code and the first user."""

    code: ShortCode
    login: Login
    password: Secret


class ActivationBody(Body):
    """The invitation and the password to be set."""

    code: LongCode
    password: Secret


class NewUserBody(Body):
    """Somebody who shall be able to sign in."""

    login: Login
    person_id: IdText | None = None
    is_administrator: bool = False
    oidc_subject: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None


class DisabledBody(Body):
    """Whether nobody gets in as this user."""

    disabled: bool


class NewTokenBody(Body):
    """A token for a program of one's own."""

    name: Name
    days: Annotated[int, Field(ge=1, le=366)] = 90
    scope: Annotated[list[ScopeText], Field(max_length=64)] = []
    """Parts of the appointment's scope; none: all of it."""


class AppointmentView(Body):
    """An appointment in which the user may act."""

    appointment_id: AppointmentId
    role: Role
    scope: list[str]
    valid_to_ms: int | None

    @classmethod
    def of(cls, found: Appointment) -> "AppointmentView":
        """As it is shown."""
        return cls(
            appointment_id=found.appointment_id,
            role=found.role,
            scope=sorted(found.scope),
            valid_to_ms=found.valid_to_ms,
        )


class UserView(Body):
    """A user as its managers and itself see it."""

    user_id: UserId
    login: str
    person_id: PersonId | None
    is_administrator: bool
    disabled: bool
    has_password: bool
    has_second_factor: bool
    is_linked: bool
    """To the identity provider."""


class WhoAmI(Body):
    """Who asks, in which capacity, and in which others they could."""

    role: Role | None
    """None: no appointment is chosen."""
    scope: list[str]
    user: UserView | None = None
    """None: a program's token."""
    appointment_id: AppointmentId | None = None
    appointments: list[AppointmentView] = []
    needs_second_factor: bool = False
    """The role needs one, and the user has none: content is refused until then."""
    last_strong_ms: int | None = None
    idle_ms: int | None = None
    not_after_ms: int | None = None


class SessionOpened(Body):
    """A fresh session: for programs in the body, for browsers in a cookie as well."""

    token: str
    """Shown once."""
    session: WhoAmI


class EnrolmentView(Body):
    """What the authenticator and its owner are shown, once."""

    otpauth_uri: str
    recovery_codes: list[str]


class InvitedView(Body):
    """A user and the code with which they set their password, shown once."""

    user: UserView
    code: str
    not_after_ms: int


class Users(Body):
    """Users that the caller manages."""

    users: list[UserView]


class TokenView(Body):
    """An API token; its text is not kept."""

    token_id: TokenId
    name: str
    appointment_id: AppointmentId
    scope: list[str]
    created_ms: int
    not_after_ms: int
    revoked: bool

    @classmethod
    def of(cls, token: ApiToken) -> "TokenView":
        """As it is shown."""
        return cls(
            token_id=token.token_id,
            name=token.name,
            appointment_id=token.appointment_id,
            scope=sorted(token.scope),
            created_ms=token.created_ms,
            not_after_ms=token.not_after_ms,
            revoked=token.revoked,
        )


class Tokens(Body):
    """The caller's API tokens."""

    tokens: list[TokenView]


class TokenMade(Body):
    """A fresh API token; ``text`` is shown once."""

    text: str
    token: TokenView


class SetupNeeded(Body):
    """Nobody may sign in yet: the first administrator is to be made."""

    is_needed: bool = True


class ProviderOffered(Body):
    """Whether one can sign in through an identity provider."""

    is_offered: bool


def plain(secret: SecretStr | None) -> str | None:
    """The text of a secret that may be absent."""
    return secret.get_secret_value() if secret is not None else None


def user_view(user: User, *, has_password: bool, has_second_factor: bool) -> UserView:
    """A user as it is shown."""
    return UserView(
        user_id=user.user_id,
        login=user.login,
        person_id=user.person_id,
        is_administrator=user.is_administrator,
        disabled=user.disabled,
        has_password=has_password,
        has_second_factor=has_second_factor,
        is_linked=user.oidc_subject is not None,
    )
