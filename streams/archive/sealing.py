"""Makes the roots that prove what a block holds: one per campus. Pure.

Cheap on purpose (about 1.7 µs an event of 380 bytes): a frame is split into the events' own bytes, never decoded; the
campus of each is read by a decoder that looks for nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import msgspec

from schemas.frame import is_frame
from streams.archive.block import Block, LogRecord
from streams.archive.merkle import NO_ROOT, chain_hash, leaf_hash, tree_hash

NO_CAMPUS: Final = ""
"""The chain of what belongs to no campus: ticks, and records that cannot be read; their leaf is the whole record."""


class _CampusOf(msgspec.Struct, frozen=True, gc=False):
    campusid: str = NO_CAMPUS


class _Tick(msgspec.Struct, frozen=True, gc=False):
    tick_ms: int


_SLICES: Final = msgspec.json.Decoder(list[msgspec.Raw])
_CAMPUSES: Final = msgspec.json.Decoder(list[_CampusOf])
_TICK: Final = msgspec.json.Decoder(_Tick)


@dataclass(frozen=True)
class Head:
    """The newest root of a campus's chain in one partition; ``sequence`` counts its blocks from 1."""

    sequence: int = 0
    root: bytes = NO_ROOT


@dataclass(frozen=True)
class CampusRoot:
    """What a block adds to a campus's chain."""

    campus_id: str
    sequence: int
    leaves: int
    previous_root: bytes
    root: bytes


@dataclass
class Leaves:
    """The leaf hashes of a block by campus, in the order of the log."""

    by_campus: dict[str, list[bytes]] = field(default_factory=dict)
    events: int = 0
    unreadable: int = 0
    """Records that are neither frame nor tick."""


@dataclass(frozen=True)
class Seal:
    """What is known of a block's content without decoding it."""

    roots: tuple[CampusRoot, ...]
    events: int
    unreadable: int

    def heads(self) -> dict[str, Head]:
        """The newest heads of the campuses that the block speaks of."""
        return {root.campus_id: Head(root.sequence, root.root) for root in self.roots}


def seal(block: Block, heads: Mapping[str, Head]) -> Seal:
    """The roots of a block, campuses in alphabetical order.

    Args:
        block: what is to be stored.
        heads: the newest head of every campus of the block's partition, before this block.
    """
    leaves = leaves_of(block.records)
    roots = []
    for campus_id in sorted(leaves.by_campus):
        before, own = heads.get(campus_id, Head()), leaves.by_campus[campus_id]
        root = chain_hash(before.root, tree_hash(own))
        roots.append(CampusRoot(campus_id, before.sequence + 1, len(own), before.root, root))
    return Seal(tuple(roots), leaves.events, leaves.unreadable)


def leaves_of(records: tuple[LogRecord, ...]) -> Leaves:
    """The leaves of records, by campus."""
    leaves = Leaves()
    for record in records:
        if not (is_frame(record.value) and _add_frame(leaves, record.value)):
            leaves.by_campus.setdefault(NO_CAMPUS, []).append(leaf_hash(record.value))
            leaves.unreadable += not _is_tick(record.value)
    return leaves


def _add_frame(leaves: Leaves, value: bytes) -> bool:
    """Add the events of a frame; False, with nothing added, if it cannot be split into events."""
    try:
        slices, campuses = _SLICES.decode(value), _CAMPUSES.decode(value)
    except msgspec.MsgspecError:
        return False
    by_campus = leaves.by_campus
    for event, campus in zip(slices, campuses, strict=True):
        own = by_campus.get(campus.campusid)
        if own is None:
            own = by_campus[campus.campusid] = []
        own.append(sha256(b"\x00" + event).digest())
    leaves.events += len(slices)
    return True


def _is_tick(value: bytes) -> bool:
    try:
        _TICK.decode(value)
    except msgspec.MsgspecError:
        return False
    return True
