"""One pupil's data key and what is done with it. Pure: the same input gives the same bytes.

A sealed text is AES-256-GCM (NIST SP 800-38D). Its nonce is no counter and no dice but a keyed hash of everything that
is sealed, so an event that is sent again gives the same bytes, and two different texts of one key share a nonce with a
chance of 2^-96 a pair. A key seals what one pupil does in a week; docs/decisions/pupil-aliases.md does the sum.
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ingest.privacy.errors import SealBrokenError
from schemas.ids import CampusId
from schemas.privacy import KeyRef, ServiceDay

DATA_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_ALIAS_BYTES: Final = 16
_INNER: Final = bytes(number ^ 0x36 for number in range(256))
_OUTER: Final = bytes(number ^ 0x5C for number in range(256))
_PAD_TO: Final = 64
"""The length of a ciphertext tells nothing finer than this."""


class KeyedHash:
    """HMAC-SHA256 (RFC 2104, section 4) with the key's two blocks hashed once: a text costs a third of it made anew."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        """``key`` has at most 64 bytes."""
        block = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(block.translate(_INNER))
        self._outer = hashlib.sha256(block.translate(_OUTER))

    def digest(self, text: bytes) -> bytes:
        """The 32 bytes that ``hmac.digest(key, text, "sha256")`` gives."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer.digest()


class SubjectKey:
    """The data key of one pupil for one week, under its public name."""

    __slots__ = ("_aead", "_alias_key", "_aliases", "_nonce", "key_ref")

    def __init__(self, key_ref: KeyRef, data_key: bytes) -> None:
        self.key_ref = key_ref
        self._aead = AESGCM(derived(data_key, b"seal"))
        self._nonce = KeyedHash(derived(data_key, b"nonce"))
        self._alias_key = derived(data_key, b"alias")
        self._aliases: dict[tuple[CampusId, ServiceDay], str] = {}

    def alias(self, campus_id: CampusId, day: ServiceDay) -> str:
        """What the pupil is called in the log on one service day; shaped as a pupil token."""
        alias = self._aliases.get((campus_id, day))
        if alias is None:
            digest = hmac.digest(self._alias_key, f"{campus_id}|{day}".encode(), "sha256")
            alias = "a_" + _text(digest[:_ALIAS_BYTES])
            self._aliases[campus_id, day] = alias
        return alias

    def seal(self, plaintext: bytes, associated: bytes) -> str:
        """``plaintext`` (JSON) sealed for the event that ``associated`` names."""
        padded = plaintext + b" " * (-len(plaintext) % _PAD_TO)
        nonce = self._nonce.digest(b"%d|%b%b" % (len(associated), associated, padded))[:_NONCE_BYTES]
        return _text(nonce + self._aead.encrypt(nonce, padded, associated))

    def unseal(self, sealed: str, associated: bytes) -> bytes:
        """What :meth:`seal` sealed.

        Raises:
            SealBrokenError: it was altered, or sealed for another event or under another key.
        """
        try:
            box = urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
            return self._aead.decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], associated).rstrip(b" ")
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise SealBrokenError from error


def derived(key: bytes, label: bytes) -> bytes:
    """A key for one purpose, made of a key for many."""
    return hmac.digest(key, b"campanile " + label, "sha256")


def associated_data(parts: Iterable[str]) -> bytes:
    """What names an event unambiguously: none of the parts (type, campus, source, id) holds a blank."""
    return " ".join(parts).encode()


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")
