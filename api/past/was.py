"""State as it was at an instant, as far as is known today: events by the device's clock. Blocking."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec
from clickhouse_driver import Client
from clickhouse_driver.errors import ErrorCodes, ServerException

from api.past.errors import TooFarError
from api.past.extent import Extent, extents
from api.past.known import beginnings, by_partition, systems_of
from api.past.question import Folding, Instant, LogPlace, PastState, place_of
from api.past.records import MAX_RECORDS, after_positions
from api.past.snapshots import DocumentId, Snapshot, newest_by_clock
from schemas.clock import DAY_MS
from schemas.frame import LoggedEvent
from schemas.ids import CampusId, SystemName
from schemas.upcasting import declared_upcasts
from streams.core.past_was import PlacedEvent, Whose, status_as_it_was
from streams.core.plan import SystemPlan

_HAPPENED: Final = (
    "occurred_at <= fromUnixTimestamp64Milli(toInt64(%(at_ms)s + %(ahead_ms)s), 'UTC') "
    "AND least(occurred_at, received_at) <= fromUnixTimestamp64Milli(toInt64(%(at_ms)s), 'UTC')"
)
_EVENTS: Final = (
    "SELECT campus_id, system, offset, event_id, source, type, subject, toUnixTimestamp64Milli(occurred_at), "  # noqa: S608 — constants
    "toUnixTimestamp64Milli(received_at), data, sequence, boot_id FROM events FINAL PREWHERE "
    "(campus_id, system, occurred_at) IN (SELECT campus_id, system, occurred_at FROM events WHERE {after} AND "
    f"{_HAPPENED}) WHERE {{after}} AND {_HAPPENED} LIMIT %(most)s"
)
"""Inside, where and when anything that no snapshot holds occurred: the index by offset finds it among all that these
campuses ever said, late ones too. Outside, copies are merged at those instants only: copies agree in them, and one that
a snapshot holds already, logged before, takes its later copies away."""
_AHEAD_MS: Final = DAY_MS
"""The gateway refuses what claims to be of more than a day later; what lies further on need not be looked at."""
_INSTANTS_PER_RECORD: Final = 2
"""How many instants are merged at for each record that may be folded: a copy's may turn out to hold nothing new."""
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


def state_as_it_was(
    client: Client, folding: Folding, wanted: Collection[DocumentId], instant: Instant, most: int = MAX_RECORDS
) -> PastState:
    """Every wanted document of which anything had happened.

    Raises:
        TooFarError: more than ``most`` events would have to be folded.
    """
    groups, systems = by_partition(wanted, folding.partitions), systems_of(folding, wanted)
    found = extents(client, tuple(groups), instant.log_ms)
    reached = {number: extent for number, extent in found.items() if not extent.is_empty}
    last_offsets = {number: extent.last_offset for number, extent in reached.items()}
    snapshots = newest_by_clock(client, wanted, systems, last_offsets, instant.at_ms)
    events = _events(client, wanted, snapshots, instant.at_ms, most)
    plans = {name: SystemPlan(system) for name, system in systems.items()}
    state = PastState(places=_places(reached) | beginnings(groups, found))
    for number, documents in groups.items():
        for document in documents:
            whose = Whose(document.campus_id, plans[document.system], number)
            snapshot = snapshots[document].value if document in snapshots else None
            status = status_as_it_was(whose, snapshot, events[document], instant.at_ms)
            if status is not None:
                state.statuses[document] = status
    return state


def _places(reached: Mapping[int, Extent]) -> dict[int, LogPlace]:
    """How far the log is known that late events are taken from: to its archived end, for all that it says of then."""
    return {number: place_of(extent, extent.first_offset) for number, extent in reached.items()}


def _events(
    client: Client, wanted: Collection[DocumentId], snapshots: Mapping[DocumentId, Snapshot], at_ms: int, most: int
) -> dict[DocumentId, list[PlacedEvent]]:
    """The events that no snapshot holds, once each, as their newest version."""
    found: defaultdict[DocumentId, list[PlacedEvent]] = defaultdict(list)
    if not wanted:
        return found
    newest = declared_upcasts()
    positions = {it: snapshots[it].position if it in snapshots else -1 for it in wanted}
    for campus_id, system, offset, *columns in _rows(client, positions, at_ms, most):
        document = DocumentId(CampusId(campus_id.decode()), SystemName(system.decode()))
        found[document].append(PlacedEvent(offset, newest(_event(document.campus_id, columns))))
    return found


def _rows(client: Client, positions: Mapping[DocumentId, int], at_ms: int, most: int) -> list[tuple[Any, ...]]:
    condition, asked = after_positions(positions)
    asked |= {"at_ms": at_ms, "ahead_ms": _AHEAD_MS, "most": most + 1}
    settings = {
        "do_not_merge_across_partitions_select_final": 1,  # months share no event
        "max_rows_in_set": most * _INSTANTS_PER_RECORD,
    }
    try:
        found: list[tuple[Any, ...]] = client.execute(_EVENTS.format(after=condition), asked, settings=settings)
    except ServerException as error:
        if error.code == ErrorCodes.SET_SIZE_LIMIT_EXCEEDED:
            raise TooFarError(most * _INSTANTS_PER_RECORD, most) from error
        raise
    if len(found) > most:
        raise TooFarError(len(found), most)
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
