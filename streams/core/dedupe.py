"""Exact de-duplication of one document's events, in bounded memory.

A source that counts (``sequence`` from 1 without holes, one counter per ``source`` and ``bootid``) is remembered as its
high-water mark and the ranges still missing below it, so that disorder and a backlog sent later cost one range each.
At most :data:`MAX_GAPS` ranges are kept a source; numbers of a forgotten range count as seen.

Events without a sequence are remembered by a 64-bit digest of source and id in two generations of ten minutes of
receipt; a repeat that comes later than that is a new event. A generation that is full begins the next one early.
"""

from array import array
from hashlib import blake2b
from typing import Final

import msgspec

from schemas.clock import MINUTE_MS
from schemas.frame import LoggedEvent

MAX_GAPS: Final = 64
MAX_SOURCES: Final = 1024
"""Of one document; beyond it the source that was silent longest is forgotten."""
MAX_RECENT: Final = 4096
GENERATION_MS: Final = 10 * MINUTE_MS


class SourceMark(msgspec.Struct, array_like=True, omit_defaults=True):
    """What has been seen of one source's counter."""

    boot: int
    high: int
    heard_ms: int
    gaps: list[int] = []
    """First and last missing number of each range below ``high``, ascending."""
    before: "SourceMark | None" = None
    """The counter before the last restart of the source, for events that were still under way."""

    def admit(self, sequence: int) -> bool:
        """Whether a number is new; it is seen from now on."""
        if sequence > self.high:
            if sequence > self.high + 1:
                self.gaps += (self.high + 1, sequence - 1)
                del self.gaps[: -2 * MAX_GAPS]
            self.high = sequence
            return True
        return self._fill(sequence)

    def _fill(self, sequence: int) -> bool:
        gaps = self.gaps
        for at in range(len(gaps) - 2, -1, -2):
            first, last = gaps[at], gaps[at + 1]
            if sequence > last:
                return False
            if sequence >= first:
                gaps[at : at + 2] = [
                    *((first, sequence - 1) if first < sequence else ()),
                    *((sequence + 1, last) if sequence < last else ()),
                ]
                del gaps[: -2 * MAX_GAPS]
                return True
        return False


class Recent(msgspec.Struct, omit_defaults=True):
    """The stored form of both generations of event digests: 8 bytes each, in order of arrival."""

    since_ms: int = 0
    now: bytes = b""
    before: bytes = b""


class Dedupe:
    """What one document has seen. Deterministic: the same events in the same order leave the same memory."""

    __slots__ = ("_before", "_now", "_since_ms", "marks")

    def __init__(self, marks: dict[str, SourceMark] | None = None, recent: Recent | None = None) -> None:
        recent = recent or Recent()
        self.marks = marks if marks is not None else {}
        self._since_ms = recent.since_ms
        self._now = _unpack(recent.now)
        self._before = _unpack(recent.before)

    def admit(self, event: LoggedEvent) -> bool:
        """Whether an event is new; it is seen from now on."""
        if event.sequence <= 0:
            return self._admit_by_id(event)
        mark = self.marks.get(event.source)
        if mark is None:
            return self._begin(event, None)
        mark.heard_ms = max(mark.heard_ms, event.receivedms)
        if event.bootid == mark.boot:
            return mark.admit(event.sequence)
        if event.bootid > mark.boot:
            mark.before = None
            return self._begin(event, mark)
        if mark.before is not None and mark.before.boot == event.bootid:
            return mark.before.admit(event.sequence)
        return self._admit_by_id(event)

    def recent(self) -> Recent:
        """The stored form of what is known by id."""
        return Recent(self._since_ms, array("Q", self._now).tobytes(), array("Q", self._before).tobytes())

    def _begin(self, event: LoggedEvent, before: SourceMark | None) -> bool:
        if before is None and len(self.marks) >= MAX_SOURCES:
            del self.marks[min(self.marks, key=lambda source: (self.marks[source].heard_ms, source))]
        mark = SourceMark(event.bootid, 0, event.receivedms, before=before)
        self.marks[event.source] = mark
        return mark.admit(event.sequence)

    def _admit_by_id(self, event: LoggedEvent) -> bool:
        age_ms = event.receivedms - self._since_ms
        if age_ms >= GENERATION_MS or len(self._now) >= MAX_RECENT:
            self._before = self._now if age_ms < 2 * GENERATION_MS else {}
            self._now, self._since_ms = {}, event.receivedms
        digest = _digest(event)
        if digest in self._now or digest in self._before:
            return False
        self._now[digest] = None
        return True


def _digest(event: LoggedEvent) -> int:
    named = f"{event.source}\n{event.id}".encode()
    return int.from_bytes(blake2b(named, digest_size=8).digest(), "little")


def _unpack(stored: bytes) -> dict[int, None]:
    return dict.fromkeys(array("Q", stored))
