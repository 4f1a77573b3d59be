"""Passwords between processes of one deployment: made by the machine, kept in a file of mode 600, shown to nobody."""

import os
import secrets
from pathlib import Path


def secret_file(path: Path) -> Path:
    """The file at ``path``, made with 256 bits of randomness if there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    return path
