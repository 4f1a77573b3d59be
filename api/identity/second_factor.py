"""The second factor of a user: enrol, confirm, check, with no code taken twice."""

from typing import NamedTuple

from api.identity.errors import CodeRefusedError
from api.identity.one_time import (
    enrolment_uri,
    new_recovery_codes,
    new_secret,
    recovery_hash,
    step_of,
)
from api.identity.services import IdentityServices
from schemas.clock import MINUTE_MS
from schemas.identity import AnyIdentityFact, CodeUse, SecondFactor, User
from schemas.ids import UserId

CONFIRM_WITHIN_MS = 15 * MINUTE_MS


class Enrolment(NamedTuple):
    """What the user is shown, once."""

    uri: str
    recovery_codes: list[str]


def factor_of(services: IdentityServices, user_id: UserId) -> SecondFactor | None:
    """The factor in use, or None."""
    factor = services.facts.get(SecondFactor, user_id)
    return factor if factor is not None and factor.is_confirmed else None


def take_code(services: IdentityServices, factor: SecondFactor, code: str, at_ms: int) -> AnyIdentityFact | None:
    """The fact that says that this code is taken, to be written before anything is given for it; None: not accepted.

    The code is taken in memory at once: a second request with the same one, a moment later, is not accepted.
    """
    user_id = factor.user_id
    used = services.facts.get(CodeUse, user_id)
    newest = max(services.steps.get(user_id, -1), used.step if used else -1)
    step = step_of(services.vault.open(user_id, factor.sealed), code, at_ms, newest)
    if step is not None:
        services.steps[user_id] = step
        return CodeUse(user_id=user_id, step=step)
    hashed = recovery_hash(code)
    if hashed in factor.recovery_sha256 and hashed not in services.spent:
        services.spent.add(hashed)
        left = frozenset(kept for kept in factor.recovery_sha256 if kept not in services.spent)
        return factor.model_copy(update={"recovery_sha256": left})
    return None


async def enrol(services: IdentityServices, user: User, at_ms: int) -> Enrolment:
    """A new secret, in use once it is confirmed. A factor in use stays in use until then.

    Raises:
        CodeRefusedError: one is in use: it must be removed first.
    """
    if factor_of(services, user.user_id) is not None:
        raise CodeRefusedError
    secret, codes = new_secret(), new_recovery_codes()
    await services.write(
        SecondFactor(
            user_id=user.user_id,
            sealed=services.vault.seal(user.user_id, secret),
            recovery_sha256=frozenset(map(recovery_hash, codes)),
            not_after_ms=at_ms + CONFIRM_WITHIN_MS,
        )
    )
    return Enrolment(enrolment_uri(secret, user.login), codes)


async def confirm(services: IdentityServices, user: User, code: str, at_ms: int) -> None:
    """Put the enrolled secret to use: the user has shown that the authenticator holds it.

    Raises:
        CodeRefusedError: the code is wrong, or nothing waits for it any more.
    """
    factor = services.facts.get(SecondFactor, user.user_id)
    waits = factor is not None and not factor.is_confirmed and at_ms < (factor.not_after_ms or 0)
    if factor is None or not waits or recovery_hash(code) in factor.recovery_sha256:
        raise CodeRefusedError
    taken = take_code(services, factor, code, at_ms)
    if taken is None:
        raise CodeRefusedError
    await services.write(taken, factor.model_copy(update={"is_confirmed": True, "not_after_ms": None}))
