"""Every document of one partition of ``campus.events``: takes records in order, gives what is to be written. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from schemas.deadletter import DeadLetter
from schemas.documents import NEVER_MS, due_of, split_key
from schemas.events import system_of
from schemas.frame import LoggedEvent, decode_frame, decode_tick, is_frame, split_frame
from schemas.ids import SystemName
from schemas.topics import EVENTS
from schemas.upcasting import Upcasts, declared_upcasts
from streams.core.bookkeeping import ToldReader
from streams.core.campus_document import CampusDocument
from streams.core.campus_record import read_campus, write_campus
from streams.core.due import DueQueue
from streams.core.harvest import Harvest
from streams.core.letters import Place, decode_event, letter, raw_letter
from streams.core.outbox import Outbox
from streams.core.plan import SystemPlan
from streams.core.refusal import (
    FOLD_FAILED,
    UNKNOWN_TYPE,
    UNREADABLE_DOCUMENT,
    UNREADABLE_EVENT,
    UNREADABLE_RECORD,
    RefusedEvent,
    describe,
)
from streams.core.system import Effect, System
from streams.core.unwritten import Unwritten

ConsortiaOf = Callable[[str], tuple[str, ...]]
"""The consortia that a campus belongs to now, in a fixed order."""
_Documents = dict[str, CampusDocument]


class CampusLedger:
    """Documents of one partition, by system and campus; those not touched since a restore stay as bytes."""

    def __init__(
        self,
        partition: int,
        systems: Mapping[SystemName, System[Any]],
        consortia_of: ConsortiaOf,
        upcasts: Upcasts | None = None,
    ) -> None:
        self.next_offset = 0
        self._upcasts = declared_upcasts() if upcasts is None else upcasts
        self._partition = partition
        self._plans = {str(name): SystemPlan(system) for name, system in systems.items()}
        self._documents: dict[str, _Documents] = {name: {} for name in self._plans}
        self._routes: dict[str, _Documents] = {}
        self._undecoded: dict[str, bytes] = {}
        self._told: dict[str, tuple[str, ...]] = {}
        self._due = DueQueue()
        self._unwritten: Unwritten[CampusDocument] = Unwritten()
        self._outbox = Outbox()
        self._consortia_of = consortia_of
        self._orphans = False

    def restore(self, records: Iterable[tuple[bytes, bytes | None]]) -> int:
        """Take the partition's documents; of each only the due instant and the consortia told are read now."""
        read_told = ToldReader().read
        for key, value in records:
            if value is None:
                self._undecoded.pop(key.decode(), None)
            else:
                self._undecoded[key.decode()] = value
        self._told = {key: read_told(value) for key, value in self._undecoded.items()}
        self._due.load((key, due_of(value)) for key, value in self._undecoded.items())
        return len(self._undecoded)

    def fold(self, offset: int, value: bytes | None) -> None:
        """Fold a frame or a tick; what is neither is refused whole."""
        self.next_offset = offset + 1
        if value is not None and is_frame(value):
            self._fold_frame(offset, value)
            return
        try:
            tick_ms = decode_tick(value or b"")
        except msgspec.MsgspecError as error:
            self._orphan(raw_letter(self._place(offset), value or b"", UNREADABLE_RECORD, error))
            return
        self._fold_tick(offset, tick_ms)

    @property
    def held(self) -> int:
        """How many documents it holds."""
        return len(self._undecoded) + sum(map(len, self._documents.values()))

    def earliest_due_ms(self) -> int:
        """When time itself must judge a document."""
        return self._due.earliest_ms()

    def reconsider(self) -> None:
        """Mark every document whose campus belongs to other consortia than were told of it."""
        now = {campus_id: self._consortia_of(campus_id) for campus_id in {split_key(key)[0] for key in self._told}}
        changed = [key for key, told in self._told.items() if told != now[split_key(key)[0]]]
        for key in changed:
            document = self._by_key(key)
            if document is not None:
                self._unwritten.mark(document, Effect.VISIBLE, self.next_offset)

    def urgency(self) -> Effect:
        """How urgent it is to write."""
        outbox = self._outbox
        return Effect.VISIBLE if outbox.letters or outbox.alerts else self._unwritten.urgency()

    def harvest(self, *, everything: bool) -> Harvest:
        """What to write now.

        A refusal that no document vouches for takes all documents along, so that the mark passes it and a restart does
        not refuse it a second time.
        """
        documents, low_water = self._unwritten.take(self.next_offset, everything=everything or self._orphans)
        harvest = Harvest(low_water)
        for document in documents:
            told = self._told[document.key] = self._consortia_of(document.campus_id)
            value, lines = write_campus(document, told, self._outbox)
            harvest.documents.append((document.key.encode(), value))
            harvest.lines += lines
        outbox, self._outbox, self._orphans = self._outbox, Outbox(), False
        harvest.alerts, harvest.letters = outbox.alerts, outbox.letters
        harvest.letters += [letter(self._place(low_water), lost) for lost in outbox.refused]
        harvest.events, harvest.failed_rules = outbox.events, outbox.failed_rules
        return harvest

    def _fold_frame(self, offset: int, value: bytes) -> None:
        try:
            events = decode_frame(value)
        except msgspec.MsgspecError as error:
            events = self._salvage(offset, value, error)
        touched = self._distribute(offset, value, events)
        outbox, mark = self._outbox, self._unwritten.mark
        for document in touched:
            due_ms = document.due_ms
            effect = document.fold(self._partition, offset, document.inbox, outbox)
            document.inbox.clear()
            if effect:
                mark(document, effect, offset)
                if document.due_ms != due_ms:
                    self._due.set(document.key, document.due_ms)
        if outbox.refused:
            refused, outbox.refused = outbox.refused, []
            outbox.letters += [letter(self._place(offset), lost, value) for lost in refused]

    def _distribute(self, offset: int, value: bytes, events: list[LoggedEvent]) -> list[CampusDocument]:
        """Put every event into its document's inbox; returns the documents in the order of their first event."""
        touched: list[CampusDocument] = []
        routes = self._routes
        for event in events:
            documents = routes.get(event.type)
            if documents is None:  # a type not seen yet, or an old version, which is never put into the routes
                newest = self._newest(offset, value, event)
                if newest is None:
                    continue
                event = newest  # noqa: PLW2901 — from here on the event is the one of the newest version
                documents = self._documents[system_of(event.type)]
            document = documents.get(event.campusid)
            if document is None:
                document = self._open(event.campusid, self._plans[system_of(event.type)])
            if not document.inbox:
                touched.append(document)
            document.inbox.append(event)
        return touched

    def _fold_tick(self, offset: int, tick_ms: int) -> None:
        for key in self._due.due_at(tick_ms):
            document = self._by_key(key)
            if document is None:  # of a system that this version no longer has
                self._due.set(key, NEVER_MS)
                continue
            effect = document.tick(self._partition, offset, tick_ms, self._outbox)
            self._due.set(key, document.due_ms)
            if effect:
                self._unwritten.mark(document, effect, offset)

    def _salvage(self, offset: int, value: bytes, error: Exception) -> list[LoggedEvent]:
        """The readable events of a frame that is not readable as a whole; the others are refused one by one."""
        try:
            slices = split_frame(value)
        except msgspec.MsgspecError:
            self._orphan(raw_letter(self._place(offset), value, UNREADABLE_RECORD, error))
            return []
        events = []
        for raw in slices:
            try:
                events.append(decode_event(raw))
            except msgspec.MsgspecError as fault:
                self._orphan(raw_letter(self._place(offset), bytes(raw), UNREADABLE_EVENT, fault))
        return events

    def _newest(self, offset: int, value: bytes, event: LoggedEvent) -> LoggedEvent | None:
        """The event as the newest version of its type, which has a route from now on; None: it is refused."""
        try:
            newest = self._upcasts(event)
        except Exception as error:  # noqa: BLE001 — whatever a step raises, the event is refused and its neighbours stand
            self._orphan(letter(self._place(offset), RefusedEvent(event, FOLD_FAILED, describe(error)), value))
            return None
        documents = self._documents.get(system_of(newest.type))
        if documents is None:
            refused = RefusedEvent(event, UNKNOWN_TYPE, "no system of this version has the type")
            self._orphan(letter(self._place(offset), refused, value))
            return None
        self._routes[newest.type] = documents
        return newest

    def _by_key(self, key: str) -> CampusDocument | None:
        campus_id, system = split_key(key)
        plan = self._plans.get(system)
        if plan is None:
            return None
        return self._documents[system].get(campus_id) or self._open(campus_id, plan)

    def _open(self, campus_id: str, plan: SystemPlan) -> CampusDocument:
        """The document as it was stored, or a new one; one that cannot be understood is set aside and begun anew."""
        document = CampusDocument(campus_id, plan)
        value = self._undecoded.pop(document.key, None)
        if value is not None:
            try:
                document = read_campus(campus_id, plan, value)
            except msgspec.MsgspecError as error:
                self._orphan(raw_letter(self._place(self.next_offset - 1), value, UNREADABLE_DOCUMENT, error))
        self._documents[plan.name][campus_id] = document
        return document

    def _place(self, offset: int) -> Place:
        return Place(EVENTS, self._partition, offset)

    def _orphan(self, refused: DeadLetter) -> None:
        self._outbox.letters.append(refused)
        self._orphans = True
