"""A zip file that is told while it is made: nothing is kept but what waits to be sent."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from typing import IO, Any


class _Outbox(io.RawIOBase):
    """A file that only goes forward, emptied by whoever sends it."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()
        self._at = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: Any) -> int:  # noqa: ANN401 — whatever has a buffer
        self._waiting += data
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def take(self) -> bytes:
        found, self._waiting = bytes(self._waiting), bytearray()
        return found


class ZipEntry:
    """One file in the zip: counts and hashes what goes through."""

    def __init__(self, name: str, entry: IO[bytes]) -> None:
        self.name = name
        self.size = 0
        self._entry = entry
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._entry.write(data)
        self._hash.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """Of everything written so far."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """End the file."""
        self._entry.close()


class ZipStream:
    """Opens one entry after another; :meth:`take` gives the bytes that are ready."""

    def __init__(self) -> None:
        self._outbox = _Outbox()
        self._zip = zipfile.ZipFile(self._outbox, "w", zipfile.ZIP_DEFLATED, compresslevel=3)

    def open(self, name: str) -> ZipEntry:
        """Begin a file; the one before must be closed."""
        return ZipEntry(name, self._zip.open(name, "w", force_zip64=True))

    @property
    def take(self) -> Callable[[], bytes]:
        """Gives, and forgets, what is ready to be sent."""
        return self._outbox.take

    def close(self) -> None:
        """Write the directory of the zip."""
        self._zip.close()
