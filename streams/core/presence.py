"""When something was heard without a gap, from sightings that may arrive in any order and more than once."""

from typing import Final

import msgspec

MAX_STRETCHES: Final = 8
"""Older stretches are forgotten."""


class Presence(msgspec.Struct, omit_defaults=True):
    """Stretches of time, each from its first to its last sighting, in rising order and never touching.

    Two sightings belong to one stretch when no more than the gap allowed lies between neighbours. The same sightings in
    any order give the same stretches, as long as there are no more than ``MAX_STRETCHES`` on the way.
    """

    stretches: list[list[int]] = msgspec.field(default_factory=list)
    """Pairs of instants."""


def heard_ms(presence: Presence) -> int:
    """The latest sighting; 0 where there was none."""
    return presence.stretches[-1][1] if presence.stretches else 0


def resumed_ms(presence: Presence) -> int:
    """When the latest stretch began; 0 where there was none."""
    return presence.stretches[-1][0] if presence.stretches else 0


def hear(presence: Presence, instant_ms: int, gap_ms: int) -> bool:
    """Note a sighting; returns whether a stretch began, grew backwards or was joined to another one."""
    stretches = presence.stretches
    if stretches:
        latest = stretches[-1]
        if latest[0] <= instant_ms <= latest[1] + gap_ms:
            latest[1] = max(latest[1], instant_ms)
            return False
    stretches.append([instant_ms, instant_ms])
    presence.stretches = _joined(stretches, gap_ms)[-MAX_STRETCHES:]
    return True


def _joined(stretches: list[list[int]], gap_ms: int) -> list[list[int]]:
    joined: list[list[int]] = []
    for first_ms, last_ms in sorted(stretches):
        if joined and first_ms <= joined[-1][1] + gap_ms:
            joined[-1][1] = max(joined[-1][1], last_ms)
        else:
            joined.append([first_ms, last_ms])
    return joined
