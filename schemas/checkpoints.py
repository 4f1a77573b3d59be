"""Signed statements about the archive: keys, and checkpoints of ``campus.checkpoints``.

A statement is a short text that a person can read and print, and its UTF-8 bytes are exactly what is signed: there is
no second, canonical form to agree on. Every line ends with LF; numbers are decimal, hashes and keys lower-case hex.

The topic is compacted. Its keys are ``key/<key id>`` and ``checkpoint/<archive>/<partition>/<day>``, so the last
checkpoint of every partition and day (UTC) stays for good, and the newest ones are there besides; its values are
:class:`Signed`.
"""

from typing import Final

import msgspec

from schemas.clock import DAY_MS

_CHECKPOINT: Final = "campanile/checkpoint/v1"
_KEY: Final = "campanile/key/v1"


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement and who signed it: Ed25519 (RFC 8032) over the UTF-8 bytes of ``body``."""

    body: str
    key_id: str
    """SHA-256 of the signer's public key, hex."""
    signature: str
    """64 bytes, hex."""


class Checkpoint(msgspec.Struct, frozen=True):
    """What a partition's archive was at an instant."""

    archive: str
    """Which archive: the name of its database. Another archive of the same log is cut into other blocks."""
    partition: int
    size: int
    """Blocks in the tree."""
    next_offset: int
    """Everything of the partition below this offset is in the tree."""
    root: bytes
    """Root of the tree over the blocks (RFC 6962)."""
    heads_root: bytes
    """Root of the tree over the newest head of every campus."""
    campuses: int
    """Leaves of that tree."""
    made_ms: int

    def body(self) -> str:
        """The statement."""
        return (
            f"{_CHECKPOINT}\narchive {self.archive}\npartition {self.partition}\nsize {self.size}\n"
            f"next_offset {self.next_offset}\n"
            f"root {self.root.hex()}\nheads_root {self.heads_root.hex()}\ncampuses {self.campuses}\n"
            f"made_ms {self.made_ms}\n"
        )


class PublicKey(msgspec.Struct, frozen=True):
    """A signing key's public half, vouched for by the key before it; the first vouches for itself."""

    public_key: bytes
    """32 bytes."""
    made_ms: int
    signed_by: str
    """Key id."""

    def body(self) -> str:
        """The statement."""
        return f"{_KEY}\npublic_key {self.public_key.hex()}\nmade_ms {self.made_ms}\nsigned_by {self.signed_by}\n"


def checkpoint_of(body: str) -> Checkpoint:
    """The checkpoint that a statement speaks of.

    Raises:
        ValueError: it is none.
    """
    fields = _fields(body, _CHECKPOINT)
    found = Checkpoint(
        archive=fields["archive"],
        partition=int(fields["partition"]),
        size=int(fields["size"]),
        next_offset=int(fields["next_offset"]),
        root=bytes.fromhex(fields["root"]),
        heads_root=bytes.fromhex(fields["heads_root"]),
        campuses=int(fields["campuses"]),
        made_ms=int(fields["made_ms"]),
    )
    if found.body() != body:
        raise ValueError(body)
    return found


def public_key_of(body: str) -> PublicKey:
    """The key that a statement speaks of.

    Raises:
        ValueError: it is none.
    """
    fields = _fields(body, _KEY)
    found = PublicKey(bytes.fromhex(fields["public_key"]), int(fields["made_ms"]), fields["signed_by"])
    if found.body() != body:
        raise ValueError(body)
    return found


def checkpoint_key(checkpoint: Checkpoint) -> str:
    """The compaction key of a checkpoint."""
    return f"checkpoint/{checkpoint.archive}/{checkpoint.partition}/{checkpoint.made_ms // DAY_MS}"


def _fields(body: str, kind: str) -> dict[str, str]:
    first, *lines = body.splitlines()
    if first != kind:
        raise ValueError(first)
    pairs = [line.partition(" ") for line in lines]
    fields = {name: value for name, _, value in pairs}
    wanted = {"archive", "partition", "size", "next_offset", "root", "heads_root", "campuses", "made_ms"}
    if set(fields) not in (wanted, {"public_key", "made_ms", "signed_by"}):
        raise ValueError(body)
    return fields
