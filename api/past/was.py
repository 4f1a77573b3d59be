"""State as it was at an instant, as far as is known today: events by the device's clock. Blocking."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec
from clickhouse_driver import Client

from api.past.errors import TooFarError
from api.past.extent import extents
from api.past.known import by_partition
from api.past.question import Folding, Instant, LogPlace, PastState, place_of
from api.past.records import MAX_RECORDS, after_positions
from api.past.snapshots import DocumentId, Snapshot, newest_by_clock
from schemas.documents import CampusStatus
from schemas.frame import LoggedEvent
from schemas.ids import CampusId, SystemName
from schemas.upcasting import declared_upcasts
from streams.core.past_was import PlacedEvent, Whose, status_as_it_was
from streams.core.plan import SystemPlan

_EVENTS: Final = (
    "SELECT campus_id, system, offset, event_id, source, type, subject, toUnixTimestamp64Milli(occurred_at), "
    "toUnixTimestamp64Milli(received_at), data, sequence, boot_id FROM events FINAL "
    "WHERE ({places}) AND least(occurred_at, received_at) <= fromUnixTimestamp64Milli(toInt64(%(at_ms)s), 'UTC') "
    "LIMIT %(most)s"
)
_SKIPPING: Final = {"use_skip_indexes_if_final": 1, "use_skip_indexes_if_final_exact_mode": 1}
"""Let the index by offset leave out what snapshots hold, although copies are to be merged away."""
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


def state_as_it_was(client: Client, folding: Folding, wanted: Collection[DocumentId], instant: Instant) -> PastState:
    """Every wanted document of which anything had happened.

    Raises:
        TooFarError: too much would have to be folded.
    """
    groups = by_partition(wanted, folding.partitions)
    state = PastState(places=_places(client, tuple(groups), instant))
    for partition, documents in groups.items():
        systems = {name: folding.systems[name] for name in {document.system for document in documents}}
        campus_ids = sorted({document.campus_id for document in documents})
        found = newest_by_clock(client, campus_ids, systems, instant.at_ms)
        snapshots = {document: found[document] for document in documents if document in found}
        events = _events(client, documents, snapshots, instant.at_ms)
        plans = {name: SystemPlan(system) for name, system in systems.items()}
        for document in documents:
            whose = Whose(document.campus_id, plans[document.system], partition)
            status = _status(whose, snapshots.get(document), events[document], instant.at_ms)
            if status is not None:
                state.statuses[document] = status
    return state


def _status(whose: Whose, snapshot: Snapshot | None, events: list[PlacedEvent], at_ms: int) -> CampusStatus | None:
    return status_as_it_was(whose, snapshot.value if snapshot else None, events, at_ms)


def _places(client: Client, partitions: tuple[int, ...], instant: Instant) -> dict[int, LogPlace]:
    """How far the log is known that late events are taken from: to its archived end, for all that it says of then."""
    reached = extents(client, partitions, instant.log_ms)
    return {
        number: place_of(reached[number], reached[number].first_offset)
        if number in reached
        else LogPlace(number, -1, None, is_complete=False, gaps=("archive_behind",))
        for number in partitions
    }


def _events(
    client: Client, documents: list[DocumentId], snapshots: Mapping[DocumentId, Snapshot], at_ms: int
) -> dict[DocumentId, list[PlacedEvent]]:
    """The events that no snapshot holds, once each, as their newest version."""
    places = {it: snapshots[it].position if it in snapshots else -1 for it in documents}
    terms, asked = after_positions(places)
    asked |= {"at_ms": at_ms, "most": MAX_RECORDS + 1}
    found: defaultdict[DocumentId, list[PlacedEvent]] = defaultdict(list)
    answered = client.execute(_EVENTS.format(places=terms), asked, settings=_SKIPPING)
    if len(answered) > MAX_RECORDS:
        raise TooFarError(len(answered), MAX_RECORDS)
    newest = declared_upcasts()
    for campus_id, system, offset, *columns in answered:
        document = DocumentId(CampusId(campus_id.decode()), SystemName(system.decode()))
        if offset <= places[document]:
            continue
        found[document].append(PlacedEvent(offset, newest(_event(document.campus_id, columns))))
    return found


def _event(campus_id: str, columns: list[Any]) -> LoggedEvent:
    event_id, source, type_name, subject, occurred_ms, received_ms, data, sequence, boot_id = columns
    return LoggedEvent(
        id=event_id.decode(),
        source=source.decode(),
        type=type_name.decode(),
        subject=subject.decode(),
        campusid=campus_id,
        occurredms=occurred_ms,
        receivedms=received_ms,
        data=_decode(data),
        sequence=sequence,
        bootid=boot_id,
    )
