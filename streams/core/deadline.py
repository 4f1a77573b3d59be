"""The nearest of several instants: what a rule answers when asked when to be asked again."""

from collections.abc import Iterable

from schemas.documents import NEVER_MS


def first_after(instant_ms: int, candidates_ms: Iterable[int]) -> int | None:
    """The least candidate after ``instant_ms``; None if there is none."""
    nearest = NEVER_MS
    for candidate_ms in candidates_ms:
        if instant_ms < candidate_ms < nearest:
            nearest = candidate_ms
    return nearest if nearest < NEVER_MS else None
