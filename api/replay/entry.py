"""An event as a replay shows it, and the digest over what was shown. Pure.

An entry is one JSON object: where the event stands in the order, and the event with the very bytes that its sender
wrote and the gateway stamped. Where those bytes have passed their retention but the event's columns have not, the event
is written anew from them, and the entry says ``"original":false``.
"""

from hashlib import sha256
from typing import Final

_ENTRY: Final = b'{"at_ms":%d,"partition":%d,"offset":%d,"index":%d,"event":%b}'
_REWRITTEN: Final = b'{"at_ms":%d,"partition":%d,"offset":%d,"index":%d,"original":false,"event":%b}'


def entry(at_ms: int, partition: int, offset: int, index: int, raw: object) -> bytes:
    """The entry of an event; ``raw`` is anything that holds bytes."""
    return _ENTRY % (at_ms, partition, offset, index, raw)


def rewritten_entry(at_ms: int, partition: int, offset: int, index: int, raw: bytes) -> bytes:
    """The entry of an event whose original bytes are no longer kept."""
    return _REWRITTEN % (at_ms, partition, offset, index, raw)


def link(digest: bytes, shown: bytes) -> bytes:
    """The digest after one more entry: SHA-256 of the digest before it and the entry.

    A chain rather than one hash over everything, because its state is its value: a cursor carries it, and a run that
    was cut off goes on without reading its beginning again.
    """
    return sha256(digest + shown).digest()
