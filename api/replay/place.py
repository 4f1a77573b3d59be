"""The one order of a replay: instant by the chosen clock, then the place in the log. Pure.

Events of several partitions have no order of their own, so the order is made of what never changes: the instant that
was claimed for the event, the partition, the offset of its frame and its index there. Marks (alerts, gaps) lie between
events, at ranks that no event has.
"""

from typing import Final, NamedTuple

AFTER_RECORD: Final = 1 << 33
"""Ranks from here on lie behind every event of a record."""
LAST_PARTITION: Final = 1 << 16
"""Behind every partition: what stands here stands after all events of its instant."""


class Place(NamedTuple):
    """Where in the order something stands."""

    at_ms: int
    partition: int
    offset: int
    rank: int
    """``2 * index + 2`` for the event at ``index`` of its frame, one less for a mark right before it."""


def before(at_ms: int) -> Place:
    """The place before everything at an instant."""
    return Place(at_ms, 0, 0, 0)


def after(at_ms: int) -> Place:
    """The place after everything at an instant."""
    return Place(at_ms, LAST_PARTITION, 0, 0)


def event_rank(index: int) -> int:
    """The rank of the event at an index of its frame."""
    return 2 * index + 2


def index_of(rank: int) -> int:
    """The index of the event with a rank."""
    return rank // 2 - 1
