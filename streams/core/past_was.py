"""What was so at an instant, as far as is known today: events by the time at which they happened. Pure.

The log is not cut: an event that came hours late counts from its own time on. Events are folded in the order in which
they happened, each once, by the live document driver, and the rules are judged at the instant. There is no live
document to compare with, since nobody knew all this then; counts of late and repeated events mean nothing here: 0.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from schemas.documents import CampusStatus
from schemas.frame import LoggedEvent
from streams.core.campus_document import CampusDocument
from streams.core.campus_record import read_campus, write_campus
from streams.core.outbox import Outbox
from streams.core.past_known import status_of
from streams.core.plan import SystemPlan


class Whose(NamedTuple):
    """One document, and the partition of the log that its events lie in."""

    campus_id: str
    plan: SystemPlan
    partition: int


class PlacedEvent(NamedTuple):
    """An event with the position of its frame."""

    offset: int
    event: LoggedEvent


def happened_ms(event: LoggedEvent) -> int:
    """When an event counts as having happened: never later than the gateway received it."""
    return min(event.occurredms, event.receivedms)


def status_as_it_was(
    whose: Whose, snapshot: bytes | None, events: Sequence[PlacedEvent], at_ms: int
) -> CampusStatus | None:
    """The status of one document at ``at_ms``; None if nothing had happened by then.

    Args:
        whose: campus and system.
        snapshot: a stored document whose clock had not passed ``at_ms``.
        events: every other event that had happened by ``at_ms``, each once, in any order.
        at_ms: the instant, epoch ms.

    Raises:
        msgspec.MsgspecError: the snapshot is not one of this version of the system.
    """
    if snapshot is None and not events:
        return None
    document = read_campus(*whose[:2], snapshot) if snapshot else CampusDocument(*whose[:2])
    outbox = Outbox()
    position = max([document.position, *(placed.offset for placed in events)])
    if events:
        ordered = sorted(events, key=_order)
        document.fold(
            whose.partition, max(position, document.position + 1), [_once(it.event) for it in ordered], outbox
        )
    document.tick(whose.partition, document.position + 1, at_ms, outbox)
    document.position = position
    value, _ = write_campus(document, (), outbox)
    return msgspec.structs.replace(status_of(value), late=0, duplicates=0)


def _order(placed: PlacedEvent) -> tuple[int, str, int, int, int]:
    event = placed.event
    return event.occurredms, event.source, event.bootid, event.sequence, placed.offset


def _once(event: LoggedEvent) -> LoggedEvent:
    """The event without its number: it is there once, and numbers in the order of occurrence would look like gaps."""
    return msgspec.structs.replace(event, sequence=-1)
