"""Which event set each field of a document, as known at an instant. Blocking."""

from dataclasses import dataclass
from typing import Final

import msgspec
from clickhouse_driver import Client

from api.past.errors import TooFarError
from api.past.extent import Extent, extents
from api.past.question import Folding, Instant
from api.past.records import records_of
from api.past.snapshots import DocumentId, Snapshot, newest_by_position
from schemas.clock import DAY_MS, HOUR_MS
from schemas.events import system_of
from schemas.frame import LoggedEvent, decode_tick, is_frame, split_frame
from schemas.partitioning import partition_of
from schemas.upcasting import declared_upcasts
from streams.core.campus_document import CampusDocument
from streams.core.campus_record import read_campus
from streams.core.letters import decode_event
from streams.core.past_explaining import SetBy, Step, explain, fields_of
from streams.core.past_known import PastRecord
from streams.core.plan import SystemPlan

MAX_EXPLAINED: Final = 20_000
"""Records folded one event at a time for one answer."""
_LOOK_BACK_MS: Final = (DAY_MS, HOUR_MS, 0)
"""An explanation goes back a day, if that is not too much; at last it begins from the nearest snapshot."""


@dataclass(frozen=True)
class Explanation:
    """For each field what set it, or None where that lies before ``from_offset``."""

    partition: int
    from_offset: int
    fields: dict[str, SetBy | None]


def explain_document(client: Client, folding: Folding, document: DocumentId, instant: Instant) -> Explanation | None:
    """The explanation of one document; None if nothing was known of it.

    Raises:
        TooFarError: too much would have to be folded.
    """
    partition = partition_of(document.campus_id, folding.partitions)
    extent = extents(client, (partition,), instant.log_ms).get(partition)
    if extent is None or extent.is_empty:
        return None
    base, records = _from_far_back(client, folding, document, instant, extent)
    plan = SystemPlan(folding.systems[document.system])
    folded = read_campus(document.campus_id, plan, base.value) if base else CampusDocument(document.campus_id, plan)
    setters = explain(folded, partition, (_step(record, document) for record in records))
    if folded.position < 0:
        return None
    fields = {path: setters.get(path) for path in sorted(fields_of(folded))}
    return Explanation(partition, base.position + 1 if base else 0, fields)


def _from_far_back(
    client: Client, folding: Folding, document: DocumentId, instant: Instant, extent: Extent
) -> tuple[Snapshot | None, list[PastRecord]]:
    """A snapshot, the older the better, and the records after it."""
    systems = {document.system: folding.systems[document.system]}
    partition = extent.partition
    for back_ms in _LOOK_BACK_MS:
        reached = extents(client, (partition,), instant.log_ms - back_ms)
        last_offsets = {number: it.last_offset for number, it in reached.items()}
        snapshots = newest_by_position(client, [document], systems, last_offsets)
        try:
            found = records_of(client, {partition: extent}, {partition: [document]}, snapshots, most=MAX_EXPLAINED)
        except TooFarError:
            if not back_ms:
                raise
        else:
            return snapshots.get(document), found[partition]
    raise AssertionError("the last step returns or raises")


def _step(record: PastRecord, document: DocumentId) -> Step:
    if is_frame(record.value):
        return Step(record.offset, tuple(_events(record.value, document)))
    try:
        return Step(record.offset, tick_ms=decode_tick(record.value))
    except msgspec.MsgspecError:  # neither frame nor tick: no document was folded from it
        return Step(record.offset)


def _events(frame: bytes, document: DocumentId) -> list[LoggedEvent]:
    newest, found = declared_upcasts(), []
    for raw in split_frame(frame):
        try:
            event = newest(decode_event(raw))
        except msgspec.MsgspecError:
            continue
        if event.campusid == document.campus_id and system_of(event.type) == document.system:
            found.append(event)
    return found
