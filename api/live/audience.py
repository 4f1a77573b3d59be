"""Readers who may see exactly the same things form one audience: their frames are made once and shared."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from api.authority.sight import NOTHING, Sight
from api.authority.verdict import Form
from api.live.change import Change, EntityKind
from api.live.cursor import TAG_BYTES, Cursor, encode_head, encode_positions
from api.live.frames import change_frame
from api.live.positions import Positions
from schemas.ids import CampusId, ConsortiumId, SystemName
from schemas.partitioning import partition_of

if TYPE_CHECKING:
    from api.live.inbox import Inbox


Seen = tuple[EntityKind, str, Sight]
"""Of which campus or consortium what may be told."""


class Selection(NamedTuple):
    """What a stream shows: already authorised, entity by entity and system by system. ``systems`` None: all."""

    campuses: frozenset[CampusId]
    consortia: frozenset[ConsortiumId]
    systems: frozenset[SystemName] | None = None
    seen: frozenset[Seen] = frozenset()
    """An entity that is not named here shows nothing."""

    def tag(self) -> bytes:
        """A fingerprint: a cursor fits only the selection under which it was given."""
        systems = ",".join(sorted(self.systems)) if self.systems is not None else "*"
        texts = {sight: _text_of(sight) for sight in {seen[2] for seen in self.seen}}
        seen = ";".join(sorted(f"{kind}/{entity_id}={texts[sight]}" for kind, entity_id, sight in self.seen))
        text = "\n".join((",".join(sorted(self.campuses)), ",".join(sorted(self.consortia)), systems, seen))
        return blake2b(text.encode(), digest_size=TAG_BYTES).digest()


def _text_of(sight: Sight) -> str:
    alerts = (f"{system}:{severity}" for system, severity in sight.alerts)
    return "|".join((*map(",".join, map(sorted, (sight.full, sight.counts, alerts))), str(sight.others)))


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
        self._sights = {(kind, entity_id): sight for kind, entity_id, sight in selection.seen}
        self._positions = positions
        self._stamp = stamp
        self._tag = selection.tag()
        self._head = encode_head(stamp, self._tag)

    def takes(self, change: Change) -> bool:
        """Whether a change of one of its campuses or consortia may be told in any form."""
        return self.form_of(change) is not None

    def form_of(self, change: Change) -> Form | None:
        """In which form a change may be told; None: not at all."""
        systems = self.selection.systems
        if systems is not None and change.system not in systems:
            return None
        sight = self._sights.get((change.entity_kind, change.entity_id), NOTHING)
        if change.event == "alert":
            return "full" if sight.shows_alert(change.system, change.severity) else None
        return sight.form_of(change.system)

    def cursor(self) -> bytes:
        """The cursor of a reader who has been told everything that has been applied so far."""
        return self._head + encode_positions(self._positions.parts(self.slots))

    def cursor_at(self, parts: Iterable[bytes]) -> bytes:
        """The cursor of a reader on the way, from the varints of its slots."""
        return self._head + encode_positions(parts)

    def frame(self, change: Change, cursor: bytes | None = None) -> bytes | None:
        """The event of a change, in the form that may be told; by default with the cursor of now. None: untold."""
        form = self.form_of(change)
        return None if form is None else change_frame(change, cursor or self.cursor(), form)

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
