"""What the keeper is generic over: a source topic, the compacted topic of its documents, and the fold between them."""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.topics import Topic
from streams.core.harvest import Ledger


@dataclass(frozen=True)
class Stage:
    """One step from a log to documents; both topics have the same partitions."""

    name: str
    """For metrics and logs: ``campus`` or ``consortium``."""
    source: Topic
    target: Topic
    ledger: Callable[[int], Ledger]
    """Makes the empty ledger of a partition."""


@dataclass(frozen=True)
class Wire:
    """Where Kafka is and what stands before every name."""

    bootstrap: str
    prefix: str
    partitions: int

    def topic(self, topic: Topic) -> str:
        """The name of a topic in this deployment."""
        return self.prefix + topic.name
