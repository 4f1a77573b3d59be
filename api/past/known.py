"""State as it was known at an instant: snapshots and the archived log, through the live ledger. Blocking."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from clickhouse_driver import Client

from api.past.extent import Extent, extents
from api.past.question import Folding, Instant, LogPlace, PastState, not_reached, place_of
from api.past.records import records_of
from api.past.snapshots import DocumentId, Snapshot, newest_by_position
from schemas.documents import document_key
from schemas.ids import SystemName
from schemas.partitioning import partition_of
from streams.core.past_known import known_documents, status_of
from streams.core.system import System


def by_partition(wanted: Collection[DocumentId], partitions: int) -> dict[int, list[DocumentId]]:
    """Documents by the partition of the log that their events lie in."""
    found: defaultdict[int, list[DocumentId]] = defaultdict(list)
    for document in sorted(wanted):
        found[partition_of(document.campus_id, partitions)].append(document)
    return dict(found)


def state_as_known(client: Client, folding: Folding, wanted: Collection[DocumentId], instant: Instant) -> PastState:
    """Every wanted document of which anything was known.

    Raises:
        TooFarError: too much would have to be folded.
        UnusableSnapshotError: a snapshot is not what it says.
    """
    groups = by_partition(wanted, folding.partitions)
    found = extents(client, tuple(groups), instant.log_ms)
    state = PastState(places=beginnings(groups, found))
    reached = {number: extent for number, extent in found.items() if not extent.is_empty}
    groups = {number: documents for number, documents in groups.items() if number in reached}
    systems = systems_of(folding, wanted)
    documents = [it for some in groups.values() for it in some]
    last_offsets = {number: reached[number].last_offset for number in groups}
    snapshots = newest_by_position(client, documents, systems, last_offsets)
    records = records_of(client, reached, groups, snapshots)
    for number, some in groups.items():
        state.places[number] = place_of(reached[number], _first_needed(some, snapshots))
        bases = {document_key(*it): snapshots[it].value for it in some if it in snapshots}
        stored = known_documents(number, systems, bases, records.get(number, ()))
        keys = {document_key(*it): it for it in some}
        state.statuses |= {keys[key]: status_of(value) for key, value in stored.items() if key in keys}
    return state


def beginnings(partitions: Iterable[int], found: Mapping[int, Extent]) -> dict[int, LogPlace]:
    """The places of those partitions of which no record was there yet."""
    return {
        number: place_of(found[number], 0) if number in found else not_reached(number)
        for number in partitions
        if number not in found or found[number].is_empty
    }


def systems_of(folding: Folding, wanted: Collection[DocumentId]) -> dict[SystemName, System[Any]]:
    """The systems of the wanted documents."""
    return {name: folding.systems[name] for name in {document.system for document in wanted}}


def _first_needed(documents: Collection[DocumentId], snapshots: Mapping[DocumentId, Snapshot]) -> int:
    """The first offset that had to be read for some documents."""
    return min((snapshots[it].position + 1 if it in snapshots else 0 for it in documents), default=0)
