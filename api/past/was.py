"""State as it was at an instant, as far as is known today: events by the device's clock. Blocking."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import msgspec
from clickhouse_driver import Client

from api.past.errors import TooFarError
from api.past.extent import Extent, extents
from api.past.known import by_partition, systems_of
from api.past.question import Folding, Instant, LogPlace, PastState, not_reached, place_of
from api.past.records import MAX_RECORDS, after_positions
from api.past.snapshots import DocumentId, Snapshot, newest_by_clock
from schemas.clock import DAY_MS
from schemas.frame import LoggedEvent
from schemas.ids import CampusId, SystemName
from schemas.upcasting import declared_upcasts
from streams.core.past_was import PlacedEvent, Whose, status_as_it_was
from streams.core.plan import SystemPlan

_EVENTS: Final = (
    "SELECT campus_id, system, offset, event_id, source, type, subject, toUnixTimestamp64Milli(occurred_at), "
    "toUnixTimestamp64Milli(received_at), data, sequence, boot_id FROM events FINAL "
    "WHERE {after} AND occurred_at <= fromUnixTimestamp64Milli(toInt64(%(at_ms)s + %(ahead_ms)s), 'UTC') "
    "AND least(occurred_at, received_at) <= fromUnixTimestamp64Milli(toInt64(%(at_ms)s), 'UTC') LIMIT %(most)s"
)
_AHEAD_MS: Final = DAY_MS
"""The gateway refuses what claims to be of more than a day later; what lies further on need not be looked at."""
_SETTINGS: Final = {
    "use_skip_indexes_if_final": 1,
    "use_skip_indexes_if_final_exact_mode": 1,
    "do_not_merge_across_partitions_select_final": 1,
    "optimize_move_to_prewhere_if_final": 1,
}
"""Let the index by offset leave out what snapshots hold, and the sorting key what is of others, before copies are
merged away; copies agree in that key, and months share none."""
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


def state_as_it_was(client: Client, folding: Folding, wanted: Collection[DocumentId], instant: Instant) -> PastState:
    """Every wanted document of which anything had happened.

    Raises:
        TooFarError: too much would have to be folded.
    """
    groups, systems = by_partition(wanted, folding.partitions), systems_of(folding, wanted)
    reached = extents(client, tuple(groups), instant.log_ms)
    last_offsets = {number: extent.last_offset for number, extent in reached.items()}
    snapshots = newest_by_clock(client, wanted, systems, last_offsets, instant.at_ms)
    events = _events(client, wanted, snapshots, instant.at_ms)
    plans = {name: SystemPlan(system) for name, system in systems.items()}
    state = PastState(places=_places(groups, reached))
    for number, documents in groups.items():
        for document in documents:
            whose = Whose(document.campus_id, plans[document.system], number)
            snapshot = snapshots[document].value if document in snapshots else None
            status = status_as_it_was(whose, snapshot, events[document], instant.at_ms)
            if status is not None:
                state.statuses[document] = status
    return state


def _places(partitions: Iterable[int], reached: Mapping[int, Extent]) -> dict[int, LogPlace]:
    """How far the log is known that late events are taken from: to its archived end, for all that it says of then."""
    return {
        number: place_of(reached[number], reached[number].first_offset) if number in reached else not_reached(number)
        for number in partitions
    }


def _events(
    client: Client, wanted: Collection[DocumentId], snapshots: Mapping[DocumentId, Snapshot], at_ms: int
) -> dict[DocumentId, list[PlacedEvent]]:
    """The events that no snapshot holds, once each, as their newest version."""
    found: defaultdict[DocumentId, list[PlacedEvent]] = defaultdict(list)
    if not wanted:
        return found
    condition, asked = after_positions({it: snapshots[it].position if it in snapshots else -1 for it in wanted})
    asked |= {"at_ms": at_ms, "ahead_ms": _AHEAD_MS, "most": MAX_RECORDS + 1}
    answered = client.execute(_EVENTS.format(after=condition), asked, settings=_SETTINGS)
    if len(answered) > MAX_RECORDS:
        raise TooFarError(len(answered), MAX_RECORDS)
    newest = declared_upcasts()
    for campus_id, system, offset, *columns in answered:
        document = DocumentId(CampusId(campus_id.decode()), SystemName(system.decode()))
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
