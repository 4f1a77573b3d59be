"""State as it was known at an instant: snapshots and the archived log, through the live ledger. Blocking."""

from collections import defaultdict
from collections.abc import Collection

from clickhouse_driver import Client

from api.past.extent import Extent, extents
from api.past.question import Folding, Instant, LogPlace, PastState, place_of
from api.past.records import records_of
from api.past.snapshots import DocumentId, Snapshot, newest_by_position
from schemas.documents import document_key, split_key
from schemas.ids import CampusId, SystemName
from schemas.partitioning import partition_of
from streams.core.past_known import known_documents, status_of


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
    reached = extents(client, tuple(groups), instant.log_ms)
    state = PastState()
    for partition, documents in groups.items():
        extent = reached.get(partition)
        if extent is None:
            state.places[partition] = LogPlace(partition, -1, None, is_complete=False, gaps=("archive_behind",))
            continue
        stored, first_needed = _fold(client, folding, documents, extent)
        state.places[partition] = place_of(extent, first_needed)
        state.statuses |= {document: status_of(value) for document, value in stored.items()}
    return state


def _fold(
    client: Client, folding: Folding, documents: list[DocumentId], extent: Extent
) -> tuple[dict[DocumentId, bytes], int]:
    """The stored records, and the first offset that had to be read for them."""
    systems = {name: folding.systems[name] for name in {document.system for document in documents}}
    campus_ids = sorted({document.campus_id for document in documents})
    found = newest_by_position(client, campus_ids, systems, extent.last_offset)
    snapshots: dict[DocumentId, Snapshot] = {key: found[key] for key in documents if key in found}
    records = records_of(client, extent, documents, snapshots)
    bases = {document_key(*document): snapshot.value for document, snapshot in snapshots.items()}
    stored = known_documents(extent.partition, systems, bases, records)
    by_id = {DocumentId(*_ids(key)): value for key, value in stored.items()}
    first_needed = min((snapshots[key].position + 1 if key in snapshots else 0 for key in documents), default=0)
    return {document: by_id[document] for document in documents if document in by_id}, first_needed


def _ids(key: str) -> tuple[CampusId, SystemName]:
    campus_id, system = split_key(key)
    return CampusId(campus_id), SystemName(system)
