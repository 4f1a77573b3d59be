"""Verifies an ID token (OpenID Connect Core 1.0, 3.1.3.7). Whatever is wrong, the answer is the same."""

import hmac
from typing import Any, Final, NamedTuple

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.identity.errors import ProviderRefusedError

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")
"""Signatures by a key that only the provider has; nothing symmetric, and never ``none``."""
LEEWAY_S: Final = 60
MAX_AGE_S: Final = 600
"""The oldest token that is taken, by its own ``iat``."""
_KEY_TYPES: Final = frozenset({"RSA", "EC", "OKP"})


class Expected(NamedTuple):
    """What a token must say."""

    issuer: str
    client_id: str
    nonce: str
    now_s: int


def usable_keys(document: dict[str, Any]) -> KeySet:
    """The provider's keys that may sign; keys of other kinds are left out.

    Raises:
        ProviderRefusedError: there are none.
    """
    listed = document.get("keys")
    found = [key for key in listed if _may_sign(key)] if isinstance(listed, list) else []
    try:
        if found:
            return KeySet.import_key_set({"keys": found})
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ProviderRefusedError from error
    raise ProviderRefusedError


def verified_claims(token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """The claims of a token that is genuine, meant for us, fresh, and an answer to our own request.

    Raises:
        ProviderRefusedError: it is not; which of these it is not is not said.
    """
    try:
        claims = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
        registry = jwt.JWTClaimsRegistry(
            now=expected.now_s,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": expected.issuer},
            aud={"essential": True, "value": expected.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True},
        )
        registry.validate(claims)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProviderRefusedError from error
    if not _is_answer(claims, expected):
        raise ProviderRefusedError
    return dict(claims)


def _is_answer(claims: dict[str, Any], expected: Expected) -> bool:
    """The rules that no registry knows."""
    audience, nonce, issued_s = claims["aud"], claims["nonce"], claims["iat"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != expected.client_id:
        return False
    if claims.get("azp", expected.client_id) != expected.client_id:
        return False
    if not isinstance(issued_s, int | float) or expected.now_s - issued_s > MAX_AGE_S:
        return False
    is_ours = isinstance(nonce, str) and hmac.compare_digest(nonce.encode(), expected.nonce.encode())
    return is_ours and isinstance(claims["sub"], str) and 0 < len(claims["sub"]) <= 255


def _may_sign(key: object) -> bool:
    return isinstance(key, dict) and key.get("kty") in _KEY_TYPES and key.get("use", "sig") == "sig"
