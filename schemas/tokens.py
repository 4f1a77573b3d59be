"""Opaque bearer tokens: 256 random bits behind a readable prefix; at rest only their SHA-256 is kept."""

import hashlib
import hmac
import re
import secrets
from typing import Final, Literal, NamedTuple, cast, get_args

from schemas.ids import TokenId

TokenKind = Literal["cst", "cvt", "css", "cat", "cac", "cgt"]
"""``cst``: campus source; ``cvt``: viewer; ``css``: session; ``cat``: API token of a user; ``cac``: one-time code;
``cgt``: a guardian's session."""

_SHAPES: Final = {
    kind: re.compile(rf"{kind}_([a-z0-9]{{12}})_[A-Za-z0-9_-]{{43}}\Z").match for kind in get_args(TokenKind)
}


class IssuedToken(NamedTuple):
    """A fresh token: ``text`` is shown once, ``token_id`` and ``sha256`` are kept."""

    text: str
    token_id: TokenId
    sha256: str


def issue_token(kind: TokenKind) -> IssuedToken:
    """Make a new token from the operating system's randomness."""
    return _assemble(kind, secrets.token_hex(6), secrets.token_urlsafe(32))


def derive_token(kind: TokenKind, seed: bytes) -> IssuedToken:
    """A reproducible token for demonstrations and tests: whoever knows ``seed`` knows the token."""
    digest = hashlib.sha256(b"campanile demonstration token\0" + seed).hexdigest()
    return _assemble(kind, digest[:12], digest[12:55])


def _assemble(kind: TokenKind, public: str, secret: str) -> IssuedToken:
    text = f"{kind}_{public}_{secret}"
    return IssuedToken(text, TokenId(public), sha256_of(text))


def sha256_of(text: str) -> str:
    """Hex SHA-256 of a whole token."""
    return hashlib.sha256(text.encode()).hexdigest()


def token_id_of(text: str, kind: TokenKind) -> TokenId | None:
    """The public id inside a well-formed token of that kind, else None. It says nothing about validity."""
    match = _SHAPES[kind](text)
    return TokenId(match[1]) if match else None


def token_kind_of(text: str) -> TokenKind | None:
    """The kind of a well-formed token, else None. It says nothing about validity."""
    kind = text[:3]
    return cast("TokenKind", kind) if kind in _SHAPES and _SHAPES[kind](text) else None


def matches(text: str, sha256: str) -> bool:
    """Whether a token is the one whose hash was kept, compared in constant time."""
    return hmac.compare_digest(sha256_of(text), sha256)
