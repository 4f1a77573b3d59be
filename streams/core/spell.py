"""Since when something has been so, from observations that may arrive in any order and more than once."""

from bisect import bisect_left
from typing import Final

import msgspec

from schemas.documents import NEVER_MS

MAX_OBSERVATIONS: Final = 32
"""Beyond it a spell is remembered more coarsely, but never without its first and its latest observation."""


class Spell(msgspec.Struct, omit_defaults=True):
    """The present unbroken run of "it is so": the instants at which it was seen so after it was last seen not so.

    The same observations in any order give the same spell, as long as it holds no more than ``MAX_OBSERVATIONS``.
    Both said of one instant: it is so, because an alarm too many is better than one too few.
    """

    off_ms: int = 0
    """When it was last seen not to be so."""
    on_ms: list[int] = msgspec.field(default_factory=list)
    """Ascending instants from ``off_ms`` on at which it was seen to be so."""
    seen_by: dict[int, str] = msgspec.field(default_factory=dict)
    """For each of those instants, the id of the event that said so, where the fold gave one."""


def begun_ms(spell: Spell, gap_ms: int = NEVER_MS) -> int | None:
    """The first instant of the present run, or None where it is not so.

    With ``gap_ms``, observations further apart do not belong to one run, even if nothing else was seen between them.
    """
    seen = spell.on_ms
    for index in range(len(seen) - 1, 0, -1):
        if seen[index] - seen[index - 1] > gap_ms:
            return seen[index]
    return seen[0] if seen else None


def causes(spell: Spell) -> tuple[str, ...]:
    """The id of the event with which the present run began, where it is known: the causes of a finding."""
    first = spell.seen_by.get(spell.on_ms[0]) if spell.on_ms else None
    return () if first is None else (first,)


def see_on(spell: Spell, instant_ms: int, event_id: str | None = None) -> bool:
    """Note that it was so, and which event said it; returns whether that taught anything."""
    seen = spell.on_ms
    if instant_ms < spell.off_ms:
        return False
    if not seen or instant_ms > seen[-1]:
        seen.append(instant_ms)
    else:
        index = bisect_left(seen, instant_ms)
        if seen[index] == instant_ms:
            if event_id is not None:
                spell.seen_by[instant_ms] = min(event_id, spell.seen_by.get(instant_ms, event_id))
            return False
        seen.insert(index, instant_ms)
    if event_id is not None:
        spell.seen_by[instant_ms] = event_id
    if len(seen) > MAX_OBSERVATIONS:
        spell.seen_by.pop(_coarsen(seen), None)
    return True


def see_off(spell: Spell, instant_ms: int) -> bool:
    """Note that it was not so; returns whether that ended or shortened the present run."""
    if instant_ms <= spell.off_ms:
        return False
    spell.off_ms = instant_ms
    seen = spell.on_ms
    if not seen or seen[0] >= instant_ms:
        return False
    gone = bisect_left(seen, instant_ms)
    for forgotten_ms in seen[:gone]:
        spell.seen_by.pop(forgotten_ms, None)
    del seen[:gone]
    return True


def observe(spell: Spell, instant_ms: int, event_id: str, *, is_so: bool) -> bool:
    """Note what one event saw; returns whether the beginning of the present run moved, so that a verdict may have."""
    if is_so:
        return see_on(spell, instant_ms, event_id) and spell.on_ms[0] == instant_ms
    return see_off(spell, instant_ms)


def _coarsen(seen: list[int]) -> int:
    """Forget, and return, the inner observation that leaves the smallest gap."""
    return seen.pop(min(range(1, len(seen) - 1), key=lambda index: seen[index + 1] - seen[index - 1]))
