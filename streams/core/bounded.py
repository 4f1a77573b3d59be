"""Maps that cannot grow without end."""

from collections.abc import Callable
from typing import TypeVar

V = TypeVar("V")


def make_room(entries: dict[str, V], capacity: int, age_key: Callable[[V], int]) -> None:
    """Drop entries with the least ``age_key`` until one more fits into ``capacity``; of equals, the first put in."""
    while len(entries) >= capacity:
        del entries[min(entries, key=lambda name: age_key(entries[name]))]
