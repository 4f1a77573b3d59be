"""What is said of one look before it is answered."""

from dataclasses import dataclass

from schemas.ids import CampusId, SystemName
from schemas.systems.access import ReadingKind


@dataclass(frozen=True)
class Reading:
    """A look at content of campuses: in which form, of which systems, over which time, and why."""

    kind: ReadingKind
    campus_ids: tuple[CampusId, ...]
    systems: tuple[SystemName, ...]
    from_ms: int
    to_ms: int
    """Exclusive; equal to ``from_ms`` for an instant."""
    purpose: str
    """The reader's own words, at most 200 characters; empty where none is asked for."""
