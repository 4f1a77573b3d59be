"""Readers who may see exactly the same things form one audience: their frames are made once and shared."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from api.live.change import Change
from api.live.cursor import TAG_BYTES, Cursor, encode_head, encode_positions
from api.live.frames import change_frame
from api.live.positions import Positions
from schemas.ids import CampusId, ConsortiumId, SystemName
from schemas.partitioning import partition_of

if TYPE_CHECKING:
    from api.live.inbox import Inbox


class Selection(NamedTuple):
    """What a stream shows: already authorised, entity by entity. ``systems`` None: all."""

    campuses: frozenset[CampusId]
    consortia: frozenset[ConsortiumId]
    systems: frozenset[SystemName] | None = None

    def tag(self) -> bytes:
        """A fingerprint: a cursor fits only the selection under which it was given."""
        systems = ",".join(sorted(self.systems)) if self.systems is not None else "*"
        text = "\n".join((",".join(sorted(self.campuses)), ",".join(sorted(self.consortia)), systems))
        return blake2b(text.encode(), digest_size=TAG_BYTES).digest()


def slots_of(selection: Selection, partitions: int) -> tuple[int, ...]:
    """The slots whose records may concern a selection, ascending: its campuses', its consortia's, and all alerts'."""
    state = {partition_of(campus_id, partitions) for campus_id in selection.campuses}
    rollup = {partitions + partition_of(consortium_id, partitions) for consortium_id in selection.consortia}
    return tuple(sorted(state | rollup | set(range(2 * partitions, 3 * partitions))))


class Audience:
    """One selection with its open inboxes."""

    def __init__(self, selection: Selection, positions: Positions, stamp: bytes) -> None:
        self.selection = selection
        self.slots = slots_of(selection, positions.partitions)
        self.inboxes: set[Inbox] = set()
        self._positions = positions
        self._stamp = stamp
        self._tag = selection.tag()
        self._head = encode_head(stamp, self._tag)

    def takes(self, change: Change) -> bool:
        """Whether a change of one of its campuses or consortia is of a system that it shows."""
        systems = self.selection.systems
        return systems is None or change.system in systems

    def cursor(self) -> bytes:
        """The cursor of a reader who has been told everything that has been applied so far."""
        return self._head + encode_positions(self._positions.parts(self.slots))

    def cursor_at(self, parts: Iterable[bytes]) -> bytes:
        """The cursor of a reader on the way, from the varints of its slots."""
        return self._head + encode_positions(parts)

    def frame(self, change: Change) -> bytes:
        """The event of a change just applied."""
        return change_frame(change, self.cursor())

    def resume_from(self, cursor: Cursor, floors: Sequence[int]) -> "tuple[int, ...] | str":
        """The positions, slot by slot, from which a returning reader is owed; or why it must start afresh."""
        if cursor.stamp != self._stamp:
            return "other_deployment"
        if cursor.tag != self._tag or len(cursor.positions) != len(self.slots):
            return "other_scope"
        first_alert_slot = 2 * self._positions.partitions
        for slot, position in zip(self.slots, cursor.positions, strict=True):
            if position > self._positions.values[slot]:
                return "from_the_future"
            if slot >= first_alert_slot and position < floors[slot - first_alert_slot]:
                return "too_old"
        return cursor.positions
