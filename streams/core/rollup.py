"""One system over a consortium's members: lines are absolute, so the sums are always taken anew. Pure.

A line replaces the campus's former one unless its position is lower; at the same position the later record wins, since
it is the same document under a newer membership. A campus that has left is remembered with its position, so that a line
which was still under way does not bring it back. Lines in any order and any number therefore give the same rollup.
"""

from collections import Counter
from itertools import islice
from typing import Final

import msgspec

from schemas.documents import (
    NEVER_MS,
    ConsortiumStatus,
    MemberSummary,
    StoredDocument,
    decode_consortium_status,
    decode_stored,
    document_key,
)
from streams.core.system import Effect

MAX_LEFT: Final = 4096
_encode: Final = msgspec.json.Encoder().encode


class RollupKeeper(msgspec.Struct, omit_defaults=True):
    """The ``keeper`` part of a rollup: positions of campuses that have left."""

    left: dict[str, int] = {}


_decode_keeper: Final = msgspec.json.Decoder(RollupKeeper).decode


class Rollup:
    """The members' lines of one consortium and system."""

    __slots__ = ("campuses", "consortium_id", "key", "left", "position", "system")

    def __init__(self, consortium_id: str, system: str) -> None:
        self.consortium_id, self.system = consortium_id, system
        self.key = document_key(consortium_id, system)
        self.position = -1
        self.campuses: dict[str, MemberSummary] = {}
        self.left: dict[str, int] = {}

    def take(self, offset: int, line: MemberSummary) -> Effect:
        """Take a member's line from the record at ``offset``."""
        known = self.campuses.get(line.campus_id)
        position = self.left.get(line.campus_id, -1) if known is None else known.position
        if line.position < position:
            return Effect.NOTHING
        self.position = offset
        if not line.member:
            return self._drop(line)
        self.left.pop(line.campus_id, None)
        self.campuses[line.campus_id] = line
        return Effect.ALIVE if known is not None and _looks_alike(known, line) else Effect.VISIBLE

    def write(self) -> bytes:
        """The stored record."""
        stored = StoredDocument(
            NEVER_MS,
            self.position,
            msgspec.Raw(_encode(self.status())),
            msgspec.Raw(_encode(RollupKeeper(self.left))),
        )
        return _encode(stored)

    def status(self) -> ConsortiumStatus:
        """Sums, the worst and the oldest over the members, as they are now."""
        lines = [self.campuses[campus_id] for campus_id in sorted(self.campuses)]
        counts: Counter[str] = Counter()
        for line in lines:
            counts.update(line.counts)
        by_severity = [sum(column) for column in zip(*(line.alerts for line in lines), strict=True)] or [0, 0, 0, 0]
        return ConsortiumStatus(
            consortium_id=self.consortium_id,
            system=self.system,
            position=self.position,
            clock_ms=max((line.clock_ms for line in lines), default=0),
            watermark_ms=min((line.watermark_ms for line in lines), default=0),
            heard_ms=max((line.heard_ms for line in lines), default=0),
            severity=min((line.severity for line in lines if line.severity), default=0),
            counts=dict(sorted(counts.items())),
            devices_heard=sum(line.devices_heard for line in lines),
            devices_silent=sum(line.devices_silent for line in lines),
            alerts=(by_severity[0], by_severity[1], by_severity[2], by_severity[3]),
            campuses={line.campus_id: line for line in lines},
        )

    def _drop(self, line: MemberSummary) -> Effect:
        was_member = self.campuses.pop(line.campus_id, None) is not None
        self.left.pop(line.campus_id, None)
        self.left[line.campus_id] = line.position
        for oldest in list(islice(self.left, max(0, len(self.left) - MAX_LEFT))):
            del self.left[oldest]
        return Effect.VISIBLE if was_member else Effect.ALIVE


def read_rollup(value: bytes) -> Rollup:
    """The rollup of a stored record.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    stored = decode_stored(value)
    status = decode_consortium_status(stored.status)
    rollup = Rollup(status.consortium_id, status.system)
    rollup.position, rollup.campuses = stored.position, status.campuses
    rollup.left = _decode_keeper(stored.keeper).left
    return rollup


def _looks_alike(old: MemberSummary, new: MemberSummary) -> bool:
    """Whether a person would see no difference but that of freshness."""
    return (
        old.severity == new.severity
        and old.counts == new.counts
        and old.alerts == new.alerts
        and old.devices_heard == new.devices_heard
        and old.devices_silent == new.devices_silent
    )
