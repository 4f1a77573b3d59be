"""Small counts are not told: from few enough, a person can be recognised."""

from collections.abc import Mapping
from typing import Final

SMALLEST_TOLD: Final = 5
"""A count below it could be somebody (domain rule: aggregates of fewer than five are suppressed)."""


def told(count: int) -> int | None:
    """A count as it may be told; None: fewer than :data:`SMALLEST_TOLD`."""
    return count if count >= SMALLEST_TOLD else None


def told_counts(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Counts as they may be told."""
    return {name: told(count) for name, count in counts.items()}
