"""Seals what must come back in the clear but may not lie so: AES-256-GCM under a key that the log never sees."""

import base64
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schemas.errors import DataFaultError
from schemas.ids import UserId

NONCE_BYTES: Final = 12


class SealBrokenError(DataFaultError):
    """What was sealed cannot be opened: the key file is another one, or the text was altered."""

    code = "CAMP-570"


class Vault:
    """Seals and opens with one key, derived (HKDF-SHA-256) from what the key file holds."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=b"campanile second factor").derive(secret))

    def seal(self, user_id: UserId, secret: str) -> str:
        """base64 of a fresh nonce and the ciphertext; good for this user alone."""
        nonce = os.urandom(NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, secret.encode(), user_id.encode())).decode()

    def open(self, user_id: UserId, sealed: str) -> str:
        """What :meth:`seal` was given.

        Raises:
            SealBrokenError: it was sealed by another key, for another user, or was altered.
        """
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], user_id.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError(
                "两步验证密钥无法打开 / a sealed second factor cannot be opened",
                cause="密钥文件已更换 / the key file is another one: <data_dir>/secrets/second-factor.key",
                remedy="恢复密钥文件，或 campanile user reset / restore the key file, or reset the user",
            ) from error
