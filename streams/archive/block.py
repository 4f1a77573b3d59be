"""A block: what the archive writes at once. One contiguous range of one partition of the log."""

from dataclasses import dataclass
from typing import NamedTuple


class LogRecord(NamedTuple):
    """A record of ``campus.events``: ``value`` is a frame, a tick, or neither."""

    offset: int
    recorded_ms: int
    value: bytes


@dataclass(frozen=True)
class Block:
    """Every record of ``partition`` from ``first_offset`` to ``last_offset``.

    The log may have offsets without a record (transaction markers), so there may be fewer records than offsets, and the
    first record may lie behind ``first_offset``; blocks still follow one another without a hole.
    """

    topic: str
    partition: int
    first_offset: int
    last_offset: int
    records: tuple[LogRecord, ...]

    @property
    def token(self) -> str:
        """Names the block to the store: what was stored under this token is not stored again."""
        return f"{self.topic}:{self.partition}:{self.first_offset}-{self.last_offset}"
