"""An event as a replay shows it, and the digest over what was shown. Pure.

An entry is one JSON object: where the event stands in the order, and the event with the very bytes that its sender
wrote and the gateway stamped. Where those bytes have passed their retention but the event's columns have not, the event
is written anew from them, and the entry says ``"original":false``. An event of an old version is shown with the newest
one beside it, as a last member ``newest``, which is no part of what the digest is taken over: a step that is declared
later changes no digest.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

import msgspec

from schemas.upcasting import Upcasts

_FORM: Final = b'{"at_ms":%%d,"partition":%d,"offset":%d,"index":%%d,"event":%%b}'
_REWRITTEN: Final = b'{"at_ms":%d,"partition":%d,"offset":%d,"index":%d,"original":false,"event":%b}'


class _Words(msgspec.Struct):
    type: str
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _Entry(msgspec.Struct):
    event: _Words


_words_of: Final = msgspec.json.Decoder(_Entry).decode


def entry_form(partition: int, offset: int) -> bytes:
    """The entries of one frame, but for the instant, the index and the bytes of the event, to be put in with ``%``."""
    return _FORM % (partition, offset)


def rewritten_entry(at_ms: int, partition: int, offset: int, index: int, raw: bytes) -> bytes:
    """The entry of an event whose original bytes are no longer kept."""
    return _REWRITTEN % (at_ms, partition, offset, index, raw)


def restated_entry(entry: bytes, upcasts: Upcasts) -> bytes:
    """The entry with the event's newest version beside its own words."""
    words = _words_of(entry).event
    return b'%b,"newest":%b}' % (entry[:-1], upcasts.restated(words.type, bytes(words.data)))


def chain(digest: bytes, entries: Iterable[bytes]) -> list[bytes]:
    """The digest after each entry: SHA-256 of the digest before it and the entry.

    A chain rather than one hash over everything, because its state is its value: a cursor carries it, and a run that
    was cut off goes on without reading its beginning again.
    """
    links = []
    for shown in entries:
        digest = sha256(digest + shown).digest()
        links.append(digest)
    return links
