"""What an actor says before its edge box has counted, stamped and encoded it."""

import heapq
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple


class Draft(NamedTuple):
    """One thing that happened. ``type`` is a declared type name with its version, ``data`` fits that type."""

    occurred_ms: int
    type: str
    subject: str
    data: dict[str, Any]


def in_order(*streams: Iterable[Draft]) -> Iterator[Draft]:
    """Several ordered streams as one ordered stream; equal instants keep the order of the arguments."""
    return heapq.merge(*streams, key=itemgetter(0))


def by_time(drafts: Iterable[Draft]) -> list[Draft]:
    """Unordered drafts in order; equal instants keep their order."""
    return sorted(drafts, key=itemgetter(0))
