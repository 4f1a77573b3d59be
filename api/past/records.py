"""Reads the part of the log that some documents must be folded from. Blocking; strings come as bytes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from operator import itemgetter
from typing import Any, Final

from clickhouse_driver import Client

from api.past.errors import TooFarError
from api.past.extent import Extent
from api.past.snapshots import DocumentId, Snapshot
from schemas.documents import NEVER_MS, due_of
from schemas.frame import encode_tick
from streams.archive.store_client import rows
from streams.core.past_known import PastRecord, only_of

MAX_RECORDS: Final = 100_000
"""Records that one question may fold: without a snapshot nearby, hours of a busy campus or years of a quiet one."""
_AT_ONCE: Final = 64
_NEAR: Final = 2048
"""Positions that are no further apart are as good as equal: less than a minute of a busy partition."""
_PLACES: Final = "FROM log_places WHERE partition = %(partition)s AND offset <= %(last)s AND ({places})"
_COUNT: Final = f"SELECT uniqExact(offset) {_PLACES}"
_BUSY: Final = f"SELECT DISTINCT campus_id, system {_PLACES}"
_FRAMES: Final = (
    "SELECT offset, value FROM frames "  # noqa: S608 — made of constants of this module
    "WHERE partition = %(partition)s AND offset > %(after)s AND offset <= %(last)s "
    f"AND (offset < %(indexed_from)s OR offset IN (SELECT offset {_PLACES})) ORDER BY offset"
)
_TICKS: Final = (
    "SELECT offset, tick_ms FROM log_index WHERE partition = %(partition)s AND tick_ms > 0 AND offset <= %(last)s "
    "AND (offset > %(busy_after)s OR (offset > %(quiet_after)s AND tick_ms >= %(due_ms)s)) ORDER BY offset"
)


def records_of(
    client: Client,
    extent: Extent,
    wanted: Iterable[DocumentId],
    snapshots: Mapping[DocumentId, Snapshot],
    most: int = MAX_RECORDS,
) -> list[PastRecord]:
    """Every record up to the extent's last that concerns a wanted document after its snapshot, in the log's order.

    Frames hold the wanted campuses' events only.

    Raises:
        TooFarError: there are more than ``most`` of them.
    """
    places = {document: snapshots[document].position if document in snapshots else -1 for document in wanted}
    if not places:
        return []
    terms, asked = after_positions(places)
    asked |= {"partition": extent.partition, "last": extent.last_offset, "after": min(places.values())}
    asked["indexed_from"] = extent.indexed_from
    unindexed = max(0, min(extent.indexed_from, extent.last_offset + 1) - max(asked["after"] + 1, extent.first_offset))
    count = rows(client, _COUNT.format(places=terms), asked)[0][0] + unindexed
    if count > most:
        raise TooFarError(count, most)
    ticks = [PastRecord(offset, encode_tick(tick_ms)) for offset, tick_ms in _ticks(client, extent, places, snapshots)]
    frames = _frames(client, terms, asked, {document.campus_id for document in places}) if count else iter(())
    return list(_once(merge(frames, ticks, key=itemgetter(0))))


def _frames(client: Client, terms: str, asked: dict[str, Any], campus_ids: set[Any]) -> Iterator[PastRecord]:
    settings = {"max_block_size": _AT_ONCE}
    for offset, value in client.execute_iter(_FRAMES.format(places=terms), asked, settings=settings):
        kept = only_of(value, campus_ids)
        if kept is not None:
            yield PastRecord(offset, kept)


def _ticks(
    client: Client, extent: Extent, places: Mapping[DocumentId, int], snapshots: Mapping[DocumentId, Snapshot]
) -> list[tuple[int, int]]:
    """Ticks that may judge one of the documents.

    A document that begins from a snapshot and hears nothing after it is judged at its due instant and not before; of
    any other the due instants are not known yet, so it is given every tick.
    """
    terms, asked = after_positions(places)
    asked |= {"partition": extent.partition, "last": extent.last_offset}
    busy = {(campus.decode(), system.decode()) for campus, system in rows(client, _BUSY.format(places=terms), asked)}
    busy_after = quiet_after = extent.last_offset
    due_ms = NEVER_MS
    for document, position in places.items():
        if document in busy or extent.first_offset < extent.indexed_from > position + 1:
            busy_after = min(busy_after, position)
        elif document in snapshots and (due := due_of(snapshots[document].value)) < NEVER_MS:
            quiet_after, due_ms = min(quiet_after, position), min(due_ms, due)
    if busy_after == quiet_after == extent.last_offset:
        return []
    asked |= {"busy_after": busy_after, "quiet_after": quiet_after, "due_ms": due_ms}
    return rows(client, _TICKS, asked)


def after_positions(places: Mapping[DocumentId, int]) -> tuple[str, dict[str, Any]]:
    """The condition for what lies after each document's position, or not long before it.

    Documents of about the same position share a term: two hundred terms take the store longer than what they spare.
    """
    groups: defaultdict[int, list[DocumentId]] = defaultdict(list)
    for document, position in places.items():
        groups[position // _NEAR].append(document)
    terms: list[str] = []
    asked: dict[str, Any] = {}
    for number, documents in enumerate(groups.values()):
        terms.append(f"(campus_id, system) IN %(documents_{number})s AND offset > %(after_{number})s")
        asked[f"documents_{number}"] = tuple((str(it.campus_id), str(it.system)) for it in documents)
        asked[f"after_{number}"] = min(places[document] for document in documents)
    return " OR ".join(f"({term})" for term in terms), asked


def _once(records: Iterable[PastRecord]) -> Iterator[PastRecord]:
    """Each offset once: parts that are not merged yet may repeat a row."""
    last = -1
    for record in records:
        if record.offset > last:
            yield record
            last = record.offset
