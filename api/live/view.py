"""The newest document of every key and the open alerts, in memory, as three topics of the log give them.

Applied by one reader in log order and read in the same thread, so every reader sees whole records. Documents stay the
bytes that the stream workers wrote; a rollup loses its members' lines, because who may see a member is decided for
each campus on its own, and a campus document loses the marks of single riders.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from api.live.alert_book import AlertBook
from api.live.change import Change, EntityKind
from api.live.frames import single_line
from api.live.positions import TOPICS, Positions
from api.live.withheld import without_riders
from schemas.documents import PROGRESS_KEY, decode_stored, split_key
from schemas.partitioning import partition_of
from schemas.topics import ALERTS, STATE, Topic

_NOTHING: Final[Mapping[str, Change]] = {}


class Record(NamedTuple):
    """What the view needs of a Kafka record."""

    topic: Topic
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    is_complete: bool = True
    """False: so old that the log may have compacted its neighbours away."""


class RefusedRecordError(ValueError):
    """A record that this version does not understand, or in a place where it does not belong."""


class RollupLine(msgspec.Struct):
    """:class:`schemas.documents.ConsortiumStatus` without its members."""

    consortium_id: str
    system: str
    position: int
    clock_ms: int
    watermark_ms: int
    heard_ms: int
    severity: int
    counts: dict[str, int]
    devices_heard: int
    devices_silent: int
    alerts: tuple[int, int, int, int]


_ROLLUP: Final = msgspec.json.Decoder(RollupLine)


class LiveView:
    """``apply`` one record; look up documents by campus or consortium, then by system."""

    def __init__(self, partitions: int, alerts_kept: int = 20_000) -> None:
        self.positions = Positions(partitions)
        self.alerts = AlertBook(partitions, alerts_kept)
        self._documents: dict[EntityKind, dict[str, dict[str, Change]]] = {
            "campus": defaultdict(dict),
            "consortium": defaultdict(dict),
        }
        self._unabridged: dict[tuple[str, str], Change] = {}
        self._bases = {topic.name: index * partitions for index, topic in enumerate(TOPICS)}
        self.document_counts = {topic.name: 0 for topic in TOPICS}

    def apply(self, record: Record) -> Change | None:
        """Take one record; the change that streams must hear of, if any.

        Raises:
            RefusedRecordError: it is skipped, and the position has moved past it.
        """
        slot = self._bases[record.topic.name] + record.partition
        if record.offset < self.positions.values[slot]:
            return None
        self.positions.advance(slot, record.offset + 1)
        try:
            if record.topic is ALERTS:
                return self._apply_alert(record, slot)
            return self._apply_document(record, slot)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise RefusedRecordError(type(error).__name__) from error

    def campus(self, campus_id: str) -> Mapping[str, Change]:
        """The documents of a campus by system, removed ones included."""
        return self._documents["campus"].get(campus_id, _NOTHING)

    def consortium(self, consortium_id: str) -> Mapping[str, Change]:
        """The rollups of a consortium by system, removed ones included."""
        return self._documents["consortium"].get(consortium_id, _NOTHING)

    def document(self, campus_id: str, system: str) -> Change | None:
        """The document of a campus and system, or None when there is none."""
        found = self.campus(campus_id).get(system)
        return None if found is None or found.event == "gone" else found

    def unabridged(self, campus_id: str, system: str) -> Change | None:
        """The document with what no answer shows; for whoever looks at one rider on behalf of that rider's guardian."""
        return self._unabridged.get((campus_id, system)) or self.document(campus_id, system)

    def _apply_alert(self, record: Record, slot: int) -> Change | None:
        if not record.is_complete:
            self.alerts.forget_before(record.partition, record.offset + 1)
        if record.value is None:
            return None
        change = self.alerts.apply(record.partition, slot, record.offset, single_line(record.value))
        self.document_counts[ALERTS.name] = self.alerts.open_count
        return change

    def _apply_document(self, record: Record, slot: int) -> Change | None:
        if record.key is None or record.key == PROGRESS_KEY:
            return None
        kind: EntityKind = "campus" if record.topic is STATE else "consortium"
        entity_id, system = split_key(record.key.decode())
        if partition_of(entity_id, self.positions.partitions) != record.partition:
            raise RefusedRecordError("misplaced")
        change = _document(kind, entity_id, system, record, slot)
        if kind == "campus":
            change = self._abridged(change)
        systems = self._documents[kind][entity_id]
        before = systems.get(system)
        was = before is not None and before.event != "gone"
        self.document_counts[record.topic.name] += (change.event != "gone") - was
        systems[system] = change
        return change

    def _abridged(self, change: Change) -> Change:
        """The change as it may be shown; what it loses is kept apart."""
        place = (change.entity_id, change.system)
        shown = without_riders(change.data)
        if shown is change.data:
            self._unabridged.pop(place, None)
            return change
        self._unabridged[place] = change
        return Change(
            change.event, "campus", change.entity_id, change.system, shown, slot=change.slot, offset=change.offset
        )


def _document(kind: EntityKind, entity_id: str, system: str, record: Record, slot: int) -> Change:
    if record.value is None:
        gone = msgspec.json.encode({f"{kind}_id": entity_id, "system": system})
        return Change("gone", kind, entity_id, system, gone, slot=slot, offset=record.offset)
    status = bytes(decode_stored(record.value).status)
    data = single_line(status) if kind == "campus" else msgspec.json.encode(_ROLLUP.decode(status))
    return Change(kind, kind, entity_id, system, data, slot=slot, offset=record.offset)
