"""Repeatable chance: everything random in the county is drawn from a generator named by the seed and a path of words.

Nothing here depends on the order in which actors are asked, so a bus drives the same road whether the county has 40
campuses or 1,667.
"""

import random


def dice(seed: int, *path: object) -> random.Random:
    """The generator of one thing, for example ``dice(7, "bus", bus_id)``; the same words give the same numbers."""
    words = "/".join(map(str, (seed, *path)))
    return random.Random(words)  # noqa: S311 — a simulation must be repeatable, not secret
