"""What folding produced beside documents, kept until it is written together with them."""

from collections import Counter
from dataclasses import dataclass, field

from schemas.alerts import Alert
from schemas.deadletter import DeadLetter
from streams.core.refusal import RefusedEvent


@dataclass
class Outbox:
    """Alert transitions, refusals and what was counted, of one partition since its last write."""

    alerts: list[Alert] = field(default_factory=list)
    refused: list[RefusedEvent] = field(default_factory=list)
    """Not yet made into letters: the ledger knows their raw bytes."""
    letters: list[DeadLetter] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    """Events folded, by system."""
    failed_rules: Counter[str] = field(default_factory=Counter)
    """Judgements that raised an exception, by rule: a fault of ours, never of the data."""
