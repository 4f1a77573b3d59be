"""One-time codes (TOTP, RFC 6238: SHA-1, 30 s, six digits, as every authenticator has it) and recovery codes."""

import hmac
import secrets
from typing import Final

import pyotp

from schemas.tokens import sha256_of

STEP_MS: Final = 30_000
ISSUER: Final = "Campanile 钟楼"
RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the ones that are mistaken for each other."""


def new_secret() -> str:
    """160 random bits, base32."""
    return pyotp.random_base32()


def enrolment_uri(secret: str, login: str) -> str:
    """``otpauth://…`` for the authenticator: to be shown once, as a picture, and never logged."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def step_of(secret: str, code: str, at_ms: int, newer_than: int) -> int | None:
    """The time step whose code this is, one step early or late allowed; None: none that is newer than the last one."""
    text = code.replace(" ", "")
    now = at_ms // STEP_MS
    totp = pyotp.TOTP(secret)
    found = None
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), text.encode()) and step > newer_than:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Codes of 50 bits and more, for the day on which the phone is lost."""
    return [_code(5) + "-" + _code(6) for _ in range(RECOVERY_CODES)]


def new_code() -> str:
    """A code of 99 bits that a person can type: four groups of five."""
    return "-".join(_code(5) for _ in range(4))


def recovery_hash(code: str) -> str:
    """What is kept of a recovery code."""
    return sha256_of("recovery " + code.strip().lower())


def _code(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
