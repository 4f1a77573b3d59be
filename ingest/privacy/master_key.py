"""The master key of a deployment: a file of mode 600, made at first use by whichever process comes first."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from ingest.privacy.errors import KeysFaultError
from ingest.privacy.subject_key import derived

_MIN_CHARACTERS: Final = 32


def master_key(path: Path) -> bytes:
    """The 256-bit key in the file at ``path``. Processes that start together all get the same one.

    Raises:
        KeysFaultError: the file holds no key.
    """
    if not path.exists():
        _make(path)
    text = path.read_bytes().strip()
    if len(text) < _MIN_CHARACTERS:
        raise KeysFaultError(f"{path.name} 不是主密钥 / {path.name} is no master key")
    return derived(text, b"master")


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):  # another process was first: its key counts
        os.link(part, path)
    part.unlink()
