"""What a reader has not been told yet, and in which order, so that every event on the way has a cursor of its own."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from api.live.audience import Audience
from api.live.change import Change
from api.live.cursor import varint
from api.live.view import LiveView

Start = tuple[int, ...] | None
"""Positions of the audience's slots; None: the reader knows nothing yet."""


def owed(view: LiveView, audience: Audience, start: Start) -> list[Change]:
    """In log order, slot by slot: the newest documents changed since ``start``, and every alert transition since.

    A reader who knows nothing is owed every document, and of alerts only those that are open.
    """
    changes = [change for change in _documents(view, audience) if audience.takes(change)]
    if start is None:
        changes = [change for change in changes if change.event != "gone"] + _open_alerts(view, audience)
    else:
        since = dict(zip(audience.slots, start, strict=True))
        changes = [change for change in changes if change.offset >= since[change.slot]]
        changes += _transitions(view, audience, since)
    changes.sort(key=attrgetter("slot", "offset"))
    return changes


def _documents(view: LiveView, audience: Audience) -> Iterator[Change]:
    for campus_id in audience.selection.campuses:
        yield from view.campus(campus_id).values()
    for consortium_id in audience.selection.consortia:
        yield from view.consortium(consortium_id).values()


def _open_alerts(view: LiveView, audience: Audience) -> list[Change]:
    campuses = audience.selection.campuses
    found = (entry.change for campus_id in campuses for entry in view.alerts.of_campus(campus_id))
    return [change for change in found if audience.takes(change)]


def _transitions(view: LiveView, audience: Audience, since: dict[int, int]) -> list[Change]:
    partitions, campuses = view.positions.partitions, audience.selection.campuses
    return [
        change
        for partition in range(partitions)
        for change in view.alerts.since(partition, since[2 * partitions + partition])
        if change.entity_id in campuses and audience.takes(change)
    ]


def frames_on_the_way(
    changes: Sequence[Change], audience: Audience, start: Start, target: Sequence[int]
) -> Iterator[bytes]:
    """The events of ``owed``, each with the cursor from which a reader cut off right after it would be owed the rest.

    ``target`` are the positions of all slots at the instant at which ``changes`` was taken.
    """
    slots = audience.slots
    ends = [varint(target[slot]) for slot in slots]
    parts = [varint(position) for position in (start or (0,) * len(slots))]
    place = 0
    for change in changes:
        while slots[place] != change.slot:
            parts[place] = ends[place]
            place += 1
        parts[place] = varint(change.offset + 1)
        frame = audience.frame(change, audience.cursor_at(parts))
        if frame is not None:
            yield frame
