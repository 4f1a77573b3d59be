"""Where the log is, and what its topics are called in this deployment."""

from dataclasses import dataclass

from schemas.topics import DEADLETTER, EVENTS


@dataclass(frozen=True)
class LogPlace:
    """``prefix`` stands before every topic's name; ``partitions`` is the count of the partitioned ones."""

    bootstrap: str
    prefix: str
    partitions: int

    @property
    def events_topic(self) -> str:
        """Topic of the frames."""
        return self.prefix + EVENTS.name

    @property
    def dead_letter_topic(self) -> str:
        """Topic of what was refused."""
        return self.prefix + DEADLETTER.name
