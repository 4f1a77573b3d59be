"""What is shown among the events of a replay and is no event: gaps, alerts and states. Pure."""

from bisect import bisect_left
from typing import Literal, NamedTuple

from api.replay.place import Place

MarkKind = Literal["alert", "gap", "state"]


class Mark(NamedTuple):
    """Something to show at a place; ``data`` is one JSON object on one line."""

    place: Place
    kind: MarkKind
    data: bytes


def within(marks: list[Mark], start: Place, upto: Place) -> list[Mark]:
    """Of marks in order, those after ``start`` up to ``upto``, both as places of cursors."""
    places = [mark.place for mark in marks]
    return marks[_after(places, start) : _after(places, upto)]


def _after(places: list[Place], place: Place) -> int:
    """How many places are not behind ``place``."""
    return bisect_left(places, place._replace(rank=place.rank + 1))
