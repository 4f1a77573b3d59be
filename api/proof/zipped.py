"""A zip file written while it is sent: parts of any length, nothing kept but what was not sent yet."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final, NamedTuple

_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The zip format's earliest: the manifest says when the bundle was made."""


class PartDigest(NamedTuple):
    """A part that was written: name, length in bytes, SHA-256 in hex."""

    name: str
    bytes: int
    sha256: str


class _Outbox(io.RawIOBase):
    """What the zip writer has written and nobody has taken."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # the zip writer gives bytes
        self._chunks.append(bytes(data))
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        raise io.UnsupportedOperation

    def take(self) -> bytes:
        taken, self._chunks = b"".join(self._chunks), []
        return taken


class ZipStream:
    """Writes parts one after another; each call yields the bytes that are ready to be sent."""

    def __init__(self) -> None:
        self._outbox = _Outbox()
        self._zip = zipfile.ZipFile(self._outbox, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self.parts: list[PartDigest] = []

    def add(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Write a part."""
        digest, size = sha256(), 0
        info = zipfile.ZipInfo(name, _DATE)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        with self._zip.open(info, "w", force_zip64=True) as part:
            for chunk in chunks:
                part.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                if ready := self._outbox.take():
                    yield ready
        self.parts.append(PartDigest(name, size, digest.hexdigest()))
        if ready := self._outbox.take():
            yield ready

    def end(self) -> bytes:
        """Write the directory; what is left to be sent."""
        self._zip.close()
        return self._outbox.take()
