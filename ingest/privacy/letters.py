"""Covers refused input that may speak of a pupil: the dead-letter topic keeps it, but nobody reads it without the key.

What was refused was read by nobody, so it is told by its words alone: input that mentions pupils is covered whole.
"""

import os
from base64 import b64decode, b64encode
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ingest.privacy.errors import SealBrokenError
from ingest.privacy.subject_key import derived

_HEAD: Final = b'{"sealed_letter":"'
_TAIL: Final = b'"}'
_WORDS: Final = (b"pupil", b"student", b"guardian", b"\\u")
"""``\\u``: an escape may hide any of the others."""
_NONCE_BYTES: Final = 12


class LetterCover:
    """Seals under a key of the deployment; the nonce is random, letters are few."""

    def __init__(self, master: bytes) -> None:
        self._aead = AESGCM(derived(master, b"dead letters"))

    def cover(self, raw: bytes) -> bytes:
        """The input as it may be kept: as it is, or sealed as JSON ``{"sealed_letter": …}``."""
        lowered = raw.lower()
        return self.seal(raw) if any(word in lowered for word in _WORDS) else raw

    def seal(self, raw: bytes) -> bytes:
        """The input, sealed whatever it says."""
        nonce = os.urandom(_NONCE_BYTES)
        return _HEAD + b64encode(nonce + self._aead.encrypt(nonce, raw, None)) + _TAIL

    def uncover(self, kept: bytes) -> bytes:
        """The input as it came.

        Raises:
            SealBrokenError: it was altered, or covered by another deployment.
        """
        if not kept.startswith(_HEAD):
            return kept
        try:
            box = b64decode(kept[len(_HEAD) : -len(_TAIL)], validate=True)
            return self._aead.decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError from error
