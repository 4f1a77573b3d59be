"""What one flush of a partition writes, ready as bytes, and the seam between the pure core and the keeper."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from schemas.alerts import Alert
from schemas.deadletter import DeadLetter
from schemas.documents import MemberSummary
from streams.core.system import Effect


@dataclass
class Harvest:
    """Changes of one partition since its last flush."""

    low_water: int
    """For the row of progress."""
    documents: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Key and value of each document record."""
    alerts: list[Alert] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    lines: list[MemberSummary] = field(default_factory=list)
    """What the next stage must be told."""
    events: Counter[str] = field(default_factory=Counter)
    failed_rules: Counter[str] = field(default_factory=Counter)


class Ledger(Protocol):
    """The documents of one partition of one stage. No call of it waits, and none raises on account of the data."""

    next_offset: int
    """Offset of the first record that is not folded yet."""

    def restore(self, records: Iterable[tuple[bytes, bytes | None]]) -> int:
        """Take the records of the state topic, the row of progress excepted; returns how many documents there are."""
        ...

    def fold(self, offset: int, value: bytes | None) -> None:
        """Fold the record at ``offset``; those below ``next_offset`` must not be given."""
        ...

    def earliest_due_ms(self) -> int:
        """When time itself must judge a document; ``NEVER_MS`` when never."""
        ...

    def reconsider(self) -> None:
        """Memberships have changed: mark the documents whose consortia must be told."""
        ...

    def urgency(self) -> Effect:
        """How urgent it is to write."""
        ...

    def harvest(self, *, everything: bool) -> Harvest:
        """What to write now; it counts as written, so a harvest that cannot be written ends the process."""
        ...
