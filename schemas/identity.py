"""The facts of ``campus.identity``: who may sign in, by what proof, and which sessions and tokens stand.

The topic is compacted: its key is :func:`identity_key`, its value one fact as JSON, or null when the fact was
withdrawn. What different hands change stands under different keys (an administrator disables a user while that user
sets a password), so that neither write undoes the other. No secret stands here in the clear: passwords are argon2id
encodings, tokens and codes are hashes, the second factor is sealed by a key that the log never sees.
"""

from typing import Annotated, Literal, Union

from pydantic import Field, StringConstraints, TypeAdapter

from schemas.guardianship import GuardianFact
from schemas.ids import AppointmentId, PersonId, TokenId, UserId
from schemas.registry import Fact, Instant, Name, Sha256Hex

Login = Annotated[str, StringConstraints(pattern=r"^[\w.@+-]{2,64}$")]
"""What somebody types to sign in: letters of any script, digits and ``_ . @ + -``; kept in lower case."""


class User(Fact):
    """Somebody who may sign in. What they may see comes from the appointments of ``person_id``, never from here."""

    kind: Literal["user"] = "user"
    user_id: UserId
    login: Login
    person_id: PersonId | None = None
    """Whose appointments the user holds; None: an account of the platform alone."""
    is_administrator: bool = False
    """May make, disable and reset users; sees no content by that."""
    disabled: bool = False
    oidc_subject: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    """The subject at the configured identity provider that is this user."""

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.user_id


class Password(Fact):
    """The proof by knowledge. A session that is older than ``set_ms`` is over."""

    kind: Literal["password"] = "password"
    user_id: UserId
    argon2: Annotated[str, StringConstraints(pattern=r"^\$argon2id\$", max_length=256)]
    set_ms: Instant

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.user_id


class Activation(Fact):
    """A code, given once, with which the user sets a first or a new password."""

    kind: Literal["activation"] = "activation"
    user_id: UserId
    code_id: TokenId
    sha256: Sha256Hex
    not_after_ms: Instant

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.user_id


class SecondFactor(Fact):
    """A shared secret for one-time codes (TOTP, RFC 6238), sealed; in use once confirmed."""

    kind: Literal["second_factor"] = "second_factor"
    user_id: UserId
    sealed: Annotated[str, StringConstraints(max_length=256)]
    """base64 of nonce and AES-256-GCM ciphertext, bound to ``user_id``."""
    is_confirmed: bool = False
    recovery_sha256: frozenset[Sha256Hex] = frozenset()
    """Hashes of the recovery codes that are not used yet."""
    not_after_ms: Instant | None = None
    """Until when it may be confirmed; None once it is."""

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.user_id


class CodeUse(Fact):
    """The newest time step whose one-time code was taken: it and those before are not taken again."""

    kind: Literal["code_use"] = "code_use"
    user_id: UserId
    step: Annotated[int, Field(ge=0)]
    """Whole 30-second steps since the epoch."""

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.user_id


class Session(Fact):
    """Somebody signed in."""

    kind: Literal["session"] = "session"
    session_id: TokenId
    sha256: Sha256Hex
    user_id: UserId
    appointment_id: AppointmentId | None = None
    """The appointment chosen to act in; None: not chosen, or the user has none."""
    created_ms: Instant
    last_strong_ms: Instant
    """When the user last proved who they are (password, code or provider): asked for before what is delicate."""
    not_after_ms: Instant
    revoked: bool = False

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.session_id


class SessionEnd(Fact):
    """A session that is over whatever else is written about it. It is never withdrawn before the session expires."""

    kind: Literal["session_end"] = "session_end"
    session_id: TokenId
    at_ms: Instant
    not_after_ms: Instant
    """When the session would have expired: from then on neither fact is needed."""

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.session_id


class SessionUse(Fact):
    """When a session was last used, written at most once a minute: a session that lies idle ends."""

    kind: Literal["session_use"] = "session_use"
    session_id: TokenId
    at_ms: Instant

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.session_id


class ApiToken(Fact):
    """A token that a user made for a program of theirs: it acts in one appointment and never beyond it."""

    kind: Literal["api_token"] = "api_token"
    token_id: TokenId
    sha256: Sha256Hex
    user_id: UserId
    name: Name
    appointment_id: AppointmentId
    scope: frozenset[str] = frozenset()
    """Narrower than the appointment's; empty: all of it."""
    created_ms: Instant
    not_after_ms: Instant
    revoked: bool = False

    def entity_id(self) -> str:
        """The id within its kind."""
        return self.token_id


AnyIdentityFact = Annotated[
    Union[  # noqa: UP007 — read by pydantic
        User, Password, Activation, SecondFactor, CodeUse, Session, SessionEnd, SessionUse, ApiToken, GuardianFact
    ],
    Field(discriminator="kind"),
]
IDENTITY_FACT: TypeAdapter[AnyIdentityFact] = TypeAdapter(AnyIdentityFact)


def identity_key(fact: AnyIdentityFact) -> str:
    """The compaction key of a fact: ``<kind>/<id>``."""
    return f"{fact.kind}/{fact.entity_id()}"
