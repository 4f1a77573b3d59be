"""Tokens that a user makes for programs of theirs."""

from typing import NamedTuple

from api.identity.errors import NoAppointmentError, UserRefusedError
from api.identity.services import IdentityServices
from schemas.clock import DAY_MS
from schemas.identity import ApiToken, User
from schemas.registry import Appointment
from schemas.tokens import issue_token


class WantedToken(NamedTuple):
    """What the token shall be: its name, its life in days, and which parts of the scope (none: all)."""

    name: str
    days: int
    scope: frozenset[str]


async def make_token(
    services: IdentityServices, user: User, appointment: Appointment | None, wanted: WantedToken, at_ms: int
) -> tuple[str, ApiToken]:
    """Make a token that acts in the appointment. Returns its text, which nobody can see again, and what is kept.

    Raises:
        NoAppointmentError: none is chosen.
        UserRefusedError: too long a life, a scope that the appointment has not got, or too many tokens.
    """
    if appointment is None:
        raise NoAppointmentError
    settings = services.settings
    if wanted.days > settings.api_token_days:
        raise _refused(f"最长 {settings.api_token_days} 天 / at most {settings.api_token_days} days")
    if not wanted.scope <= appointment.scope:
        raise _refused("超出任职范围 / beyond the appointment's scope")
    held = services.facts.api_tokens_of(user.user_id)
    if sum(not token.revoked and at_ms < token.not_after_ms for token in held) >= settings.api_tokens_per_user:
        raise _refused(f"至多 {settings.api_tokens_per_user} 个 / at most {settings.api_tokens_per_user} tokens")
    issued = issue_token("cat")
    token = ApiToken(
        token_id=issued.token_id,
        sha256=issued.sha256,
        user_id=user.user_id,
        name=wanted.name,
        appointment_id=appointment.appointment_id,
        scope=wanted.scope,
        created_ms=at_ms,
        not_after_ms=at_ms + wanted.days * DAY_MS,
    )
    await services.write(token)
    return issued.text, token


async def revoke_token(services: IdentityServices, user: User, token_id: str) -> bool:
    """Revoke a token of this user. Returns whether there is one."""
    token = services.facts.get(ApiToken, token_id)
    if token is None or token.user_id != user.user_id:
        return False
    await services.write(token.model_copy(update={"revoked": True}))
    return True


def _refused(why: str) -> UserRefusedError:
    return UserRefusedError("不能创建此令牌 / this token cannot be made", cause=why, remedy="GET /v1/tokens")
