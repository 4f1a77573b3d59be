"""The configured identity provider: found by discovery, spoken to by Authorization Code with PKCE (RFC 7636, S256)."""

import base64
import hashlib
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import quote_plus, urlencode, urlsplit

from joserfc.jwk import KeySet

from api.identity.errors import ProviderRefusedError, ProviderUnreachableError
from api.identity.oidc.fetching import Fetcher, require_safe_url
from api.identity.oidc.id_token import Expected, usable_keys, verified_claims
from api.identity.oidc.pending import Pending
from api.identity.settings import OidcSettings

CALLBACK: Final = "/v1/oidc/callback"
DISCOVERY: Final = "/.well-known/openid-configuration"
FRESH_S: Final = 3600.0
KEYS_AGAIN_S: Final = 60.0
"""Keys are read again for a token that does not verify, at most once in this time."""


class Endpoints(NamedTuple):
    """Where the provider does what."""

    authorization: str
    token: str
    keys: str


class Provider:
    """One provider. It is asked for nothing before somebody wants to sign in through it."""

    def __init__(self, settings: OidcSettings, public_url: str, now_s: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.pending = Pending()
        self._redirect = public_url.rstrip("/") + CALLBACK
        self._fetcher = Fetcher(allows_private=settings.allows_private)
        self._now_s = now_s
        self._endpoints: tuple[Endpoints, float] | None = None
        self._keys: tuple[KeySet, float] | None = None

    async def authorization_url(self, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser.

        Raises:
            ProviderUnreachableError: the provider does not answer, or not as the one that it should be.
        """
        endpoints = await self._discovered()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self._redirect,
            "scope": self.settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(endpoints.authorization).query else "?"
        return f"{endpoints.authorization}{joint}{urlencode(asked)}"

    async def claims(self, code: str, verifier: str, nonce: str, now_ms: int) -> dict[str, Any]:
        """The verified claims of the person for whom the provider gave ``code``.

        Raises:
            ProviderRefusedError: the provider does not know the code, or its token is not accepted.
            ProviderUnreachableError: the provider does not answer.
        """
        token = await self._exchanged(code, verifier)
        expected = Expected(self.settings.issuer, self.settings.client_id, nonce, now_ms // 1000)
        try:
            return verified_claims(token, await self._key_set(fresh=False), expected)
        except ProviderRefusedError:
            if self._keys is not None and self._now_s() - self._keys[1] < KEYS_AGAIN_S:
                raise
        return verified_claims(token, await self._key_set(fresh=True), expected)

    async def close(self) -> None:
        """End the connections."""
        await self._fetcher.close()

    async def _exchanged(self, code: str, verifier: str) -> str:
        settings = self.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "client_id": settings.client_id,
            "code_verifier": verifier,
        }
        secret = settings.client_secret
        basic = _basic(settings.client_id, secret.get_secret_value()) if secret else None
        try:
            answer = await self._fetcher.post((await self._discovered()).token, form, basic)
        except ProviderUnreachableError as error:
            if error.cause.startswith("HTTP 4"):
                raise ProviderRefusedError from error
            raise
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderRefusedError
        return token

    async def _key_set(self, *, fresh: bool) -> KeySet:
        if fresh or self._keys is None or self._now_s() - self._keys[1] > FRESH_S:
            document = await self._fetcher.get((await self._discovered()).keys)
            self._keys = (usable_keys(document), self._now_s())
        return self._keys[0]

    async def _discovered(self) -> Endpoints:
        if self._endpoints is None or self._now_s() - self._endpoints[1] > FRESH_S:
            document = await self._fetcher.get(self.settings.issuer.rstrip("/") + DISCOVERY)
            self._endpoints = (self._endpoints_of(document), self._now_s())
        return self._endpoints[0]

    def _endpoints_of(self, document: dict[str, Any]) -> Endpoints:
        if document.get("issuer") != self.settings.issuer:
            raise ProviderUnreachableError("自称的 issuer 与设置不符 / it names itself differently from the setting")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        allows = self.settings.allows_private
        return Endpoints(*(require_safe_url(document.get(name), allows_private=allows) for name in names))


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _basic(client_id: str, secret: str) -> str:
    """The value of the header (RFC 6749, 2.3.1: both parts encoded as in a form)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
