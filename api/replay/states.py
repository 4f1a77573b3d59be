"""The documents of a replay at one instant after another: what the folds that run live say there, and what changed.

The instants are the multiples of a step, so they are the same at any speed and after any break. By the gateway's clock
a document is what was known then, by the device's what was so, as :mod:`api.past` answers for a single instant; marks
of single riders are left out, as live. A stream begins with every document, so whoever comes back needs no memory.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from hashlib import blake2b
from typing import Final

import msgspec

from api.live.withheld import without_riders
from api.past.snapshots import DocumentId
from api.replay.marks import Mark
from api.replay.place import LAST_PARTITION, Place
from schemas.documents import CampusStatus

Fold = Callable[[int], Awaitable[Mapping[DocumentId, CampusStatus]]]
"""The documents that may be shown of an instant."""
MOST_INSTANTS: Final = 20_000
"""Instants of one replay at which states are shown."""
_STATE: Final = b'{"at_ms":%d,"campus_id":%b,"system":%b,"status":%b}'
_encode: Final = msgspec.json.Encoder().encode


class States:
    """What one stream has told of documents; it keeps a digest of each, not the document."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._told: dict[DocumentId, bytes] = {}

    async def every(self, at_ms: int) -> list[bytes]:
        """Every document as it stands at an instant: one JSON object each, in the order of campus and system.

        Raises:
            TooFarError: too much would have to be folded.
            StoreAwayError, StoreFullError: the store does not answer.
        """
        self._told.clear()
        return await self.changed(at_ms)

    async def changed(self, at_ms: int) -> list[bytes]:
        """As :meth:`every`, of the documents that are not as they were told last; a status of null: it is gone."""
        found = await self._fold(at_ms)
        changed = [it for it in sorted(found) if self._note(it, found[it])]
        gone = sorted(self._told.keys() - found.keys())
        for document in gone:
            del self._told[document]
        told = [_state(at_ms, document, _encode(found[document])) for document in changed]
        return told + [_state(at_ms, document, b"null") for document in gone]

    def _note(self, document: DocumentId, status: CampusStatus) -> bool:
        """Remember what is told; whether it differs from before by more than the time that has passed."""
        timeless = msgspec.structs.replace(status, clock_ms=0, watermark_ms=0)
        digest = blake2b(_encode(timeless), digest_size=16).digest()
        is_new = self._told.get(document) != digest
        self._told[document] = digest
        return is_new


def state_marks(start: Place, upto: Place, step_ms: int, until_ms: int) -> Iterator[Mark]:
    """A mark before everything at each multiple of the step, of those after ``start`` up to ``upto``, until an instant.

    What is to be shown there is folded when its turn comes.
    """
    first_ms = (start.at_ms // step_ms + 1) * step_ms
    for at_ms in range(first_ms, min(upto.at_ms, until_ms) + 1, step_ms):
        place = Place(at_ms - 1, LAST_PARTITION, 1, 0)
        if start < place <= upto:
            yield Mark(place, "state", b"")


def instant_of(mark: Mark) -> int:
    """The instant whose states stand at a mark."""
    return mark.place.at_ms + 1


def start_of(place: Place) -> int:
    """The instant whose states a stream from a place begins with."""
    return place.at_ms + (place.partition == LAST_PARTITION)


def _state(at_ms: int, document: DocumentId, status: bytes) -> bytes:
    names = (_encode(str(name)) for name in document)
    return _STATE % (at_ms, *names, without_riders(status))
