"""From when on looking is worth a look; all of them are the product's own settings [A]."""

from typing import Final

DELICATE_KINDS: Final = frozenset({"pupil", "video", "export", "bundle"})
"""Readings that show single children or take content away."""
MANY_DELICATE: Final = 100
"""So many of them by one principal at one campus within a local day are asked about."""
MANY_REFUSALS: Final = 20
"""So many refusals of one principal at one campus within a local day look like trying doors."""
