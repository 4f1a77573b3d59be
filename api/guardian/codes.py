"""One-time codes that a person can read out and type: five groups of four, ``ABCD-EF…``.

The first six characters name what the code is for, the other fourteen (70 random bits) are the secret. Only a hash of
the whole is kept; letters that look like digits are read as those (Crockford's base 32).
"""

import hashlib
import hmac
import secrets
from typing import Final, NamedTuple

_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_READ_AS: Final = str.maketrans({"o": "0", "i": "1", "l": "1", "-": "", " ": ""})
_ID_LENGTH: Final = 6
_LENGTH: Final = 20
_GROUP: Final = 4


class OneTimeCode(NamedTuple):
    """A fresh code: ``text`` is shown once, ``name`` and ``sha256`` are kept."""

    text: str
    name: str
    sha256: str


def new_code() -> OneTimeCode:
    """A code of the operating system's randomness."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    text = "-".join(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP)).upper()
    return OneTimeCode(text, letters[:_ID_LENGTH], _hash(letters))


def read_code(typed: str) -> tuple[str, str] | None:
    """Name and hash of a code as somebody typed it; None: it is no code."""
    letters = typed.strip().lower().translate(_READ_AS)
    if len(letters) != _LENGTH or not set(letters) <= set(_LETTERS):
        return None
    return letters[:_ID_LENGTH], _hash(letters)


def is_same(sha256: str, kept: str) -> bool:
    """Whether two hashes are one, compared in constant time."""
    return hmac.compare_digest(sha256, kept)


def _hash(letters: str) -> str:
    return hashlib.sha256(b"campanile code\0" + letters.encode()).hexdigest()
