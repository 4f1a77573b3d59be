"""From the provider's answer to a session of ours."""

import secrets
from typing import Any

from api.identity.errors import ProviderRefusedError
from api.identity.oidc.provider import Provider
from api.identity.services import IdentityServices
from api.identity.sessions import Opened, new_session
from schemas.identity import User
from schemas.ids import UserId
from schemas.organisation import Organisation


async def arrive(  # noqa: PLR0913 — what came back, and where it is judged
    services: IdentityServices,
    provider: Provider,
    facts: Organisation,
    *,
    code: str,
    state: str,
    browser: str,
    at_ms: int,
    wall_ms: int,
) -> Opened:
    """Open a session for the person whom the provider vouches for.

    Args:
        services: where users are.
        provider: who vouches.
        facts: where appointments are.
        code: the provider's code.
        state: what we sent along.
        browser: what the browser kept.
        at_ms: our instant.
        wall_ms: the machine's own time, which the provider's stamps are compared with.

    Raises:
        ProviderRefusedError: nothing of ours comes back, the token is not accepted, or it names nobody here.
        ProviderUnreachableError: the provider does not answer.
    """
    departure = provider.pending.come_back(state, browser)
    if departure is None:
        raise ProviderRefusedError
    claims = await provider.claims(code, departure.verifier, departure.nonce, wall_ms)
    async with services.making:
        user = _known(services, provider, claims)
        made = [] if user else [_new(provider, claims)]
        user = user or made[0]
        if user.disabled:
            raise ProviderRefusedError
        opened = new_session(user, facts, services.settings.absolute_ms, at_ms)
        await services.write(*made, opened.session)
    return opened


def _known(services: IdentityServices, provider: Provider, claims: dict[str, Any]) -> User | None:
    """The user of the claims: always by subject where one is linked, by login where the setting names a claim."""
    linked = services.facts.user_by_subject(claims["sub"])
    claim = provider.settings.claim
    if linked is not None or claim == "sub":
        return linked
    value = claims.get(claim)
    if not isinstance(value, str) or (claim == "email" and claims.get("email_verified") is not True):
        return None
    found = services.facts.user_by_login(value)
    return found if found is not None and found.oidc_subject is None else None


def _new(provider: Provider, claims: dict[str, Any]) -> User:
    if not provider.settings.creates_users:
        raise ProviderRefusedError
    user_id = UserId("u-" + secrets.token_hex(8))
    return User(user_id=user_id, login=f"{user_id}@oidc", oidc_subject=claims["sub"])
