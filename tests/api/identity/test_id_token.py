"""ID tokens: the genuine one is taken, and whatever is wrong with another, the answer is the same."""

import base64
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from api.identity.errors import ProviderRefusedError
from api.identity.oidc.id_token import Expected, usable_keys, verified_claims

NOW_S = 1_795_651_200
ISSUER, CLIENT, NONCE = "https://login.example.cn", "campanile", "n-once"
EXPECTED = Expected(ISSUER, CLIENT, NONCE, NOW_S)
RSA = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
EC = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"}, private=True)
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
DOCUMENT: dict[str, Any] = {"keys": [key.as_dict(private=False) for key in (RSA, EC, ED)]}
KEYS = usable_keys(DOCUMENT)
GOOD = {"iss": ISSUER, "aud": CLIENT, "sub": "zhang", "nonce": NONCE, "iat": NOW_S - 5, "exp": NOW_S + 300}


def signed(claims: dict[str, Any], key: Any = RSA, alg: str = "RS256", **header: Any) -> str:  # noqa: ANN401 — any key
    return jwt.encode({"alg": alg, "kid": key.kid or "rsa", **header}, claims, key, algorithms=[alg])


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def by_hand(header: dict[str, Any], claims: dict[str, Any], key: RSAKey = RSA) -> str:
    """Signed with a header that no library would write."""
    start = f"{part(header)}.{part(claims)}"
    assert key.private_key is not None
    signature = key.private_key.sign(start.encode(), PKCS1v15(), SHA256())
    return f"{start}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def forged() -> Iterator[tuple[str, str]]:
    """Every forgery with its name."""
    genuine = signed(GOOD)
    head, body, signature = genuine.split(".")
    yield "signed by another key", signed(GOOD, STRANGER)
    yield "alg none", f"{part({'alg': 'none'})}.{body}."
    yield "alg None in capitals", f"{part({'alg': 'NONE'})}.{body}."
    yield "alg none with the old signature", f"{part({'alg': 'none'})}.{body}.{signature}"
    start = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{body}"
    digest = hmac.digest(RSA.as_pem(private=False), start.encode(), "sha256")
    yield "HMAC by the public key", f"{start}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    yield "alg swapped", f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{body}.{signature}"
    yield "no signature", f"{head}.{body}."
    yield "signature of other claims", f"{head}.{part(GOOD | {'sub': 'li'})}.{signature}"
    own = {"alg": "RS256", "jwk": STRANGER.as_dict(private=False)}
    yield "its own key in the header", by_hand(own, GOOD, STRANGER)
    elsewhere = {"alg": "RS256", "kid": "rsa", "jku": "https://evil.example/jwks"}
    yield "keys elsewhere", by_hand(elsewhere, GOOD, STRANGER)
    yield "unknown kid", signed(GOOD, STRANGER, kid="other")
    yield "unknown critical extension", by_hand({"alg": "RS256", "kid": "rsa", "crit": ["x"], "x": 1}, GOOD)
    yield "wrong issuer", signed(GOOD | {"iss": "https://evil.example"})
    yield "issuer with a slash more", signed(GOOD | {"iss": ISSUER + "/"})
    yield "wrong audience", signed(GOOD | {"aud": "another"})
    yield "audience list without us", signed(GOOD | {"aud": ["a", "b"]})
    yield "audience of several and no azp", signed(GOOD | {"aud": [CLIENT, "b"]})
    yield "meant for another party", signed(GOOD | {"azp": "another"})
    yield "expired", signed(GOOD | {"exp": NOW_S - 61})
    yield "not yet valid", signed(GOOD | {"nbf": NOW_S + 61})
    yield "issued in the future", signed(GOOD | {"iat": NOW_S + 61})
    yield "issued long ago", signed(GOOD | {"iat": NOW_S - 601})
    yield "wrong nonce", signed(GOOD | {"nonce": "other"})
    yield "nonce that is no text", signed(GOOD | {"nonce": 5})
    yield "empty subject", signed(GOOD | {"sub": ""})
    yield "endless subject", signed(GOOD | {"sub": "x" * 256})
    yield "exp that is no number", signed(GOOD | {"exp": "never"})
    for name in GOOD:
        yield f"without {name}", signed(without(name))
    yield "no token", "x"
    yield "nothing", ""
    yield "three empty parts", ".."
    yield "five parts", f"{head}.{body}.{signature}.{head}.{body}"
    yield "claims that are no object", f"{head}.{part([1])}.{signature}"
    yield "not text", "\ud7ff.\ud7ff.\ud7ff"


FORGED = dict(forged())


def test_there_are_thirty_forgeries_and_more() -> None:
    assert len(FORGED) >= 30


@pytest.mark.parametrize("name", FORGED)
def test_forged_token_is_refused_like_every_other(name: str) -> None:
    with pytest.raises(ProviderRefusedError) as caught:
        verified_claims(FORGED[name], KEYS, EXPECTED)
    assert (str(caught.value), caught.value.cause) == (str(ProviderRefusedError()), ProviderRefusedError().cause)


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256"), (ED, "Ed25519")])
def test_genuine_token_is_taken_by_each_algorithm(key: Any, alg: str) -> None:  # noqa: ANN401 — any key
    assert verified_claims(signed(GOOD, key, alg), KEYS, EXPECTED)["sub"] == "zhang"


def test_clock_may_differ_by_a_minute() -> None:
    for claims in (GOOD | {"exp": NOW_S - 59}, GOOD | {"iat": NOW_S + 59}, GOOD | {"nbf": NOW_S + 59}):
        assert verified_claims(signed(claims), KEYS, EXPECTED)


def test_audience_of_several_names_us_as_the_party() -> None:
    assert verified_claims(signed(GOOD | {"aud": [CLIENT, "b"], "azp": CLIENT}), KEYS, EXPECTED)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": []},
        {"keys": "x"},
        {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
        {"keys": [RSA.as_dict(private=False) | {"use": "enc"}]},
        {"keys": [{"kty": "RSA"}]},
        {"keys": [None, 5]},
    ],
)
def test_document_without_a_usable_key_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ProviderRefusedError):
        usable_keys(document)


def test_secret_keys_among_the_published_ones_are_not_used() -> None:
    mixed = {"keys": [*DOCUMENT["keys"], {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"}]}
    found: KeySet = usable_keys(mixed)
    assert sorted(str(key.kid) for key in found.keys) == ["ec", "ed", "rsa"]
