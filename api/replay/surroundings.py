"""What a run of a replay needs besides its control."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from api.replay.cursor import Cursor
from api.replay.reader import Stretch
from api.replay.states import States
from api.replay.writing import Writing

Read = Callable[[Cursor, int], Awaitable[Stretch]]


@dataclass(frozen=True)
class Surroundings:
    """What a run needs besides its control."""

    read: Read
    writing: Writing
    tag: bytes
    may_go_on: Callable[[], bool]
    """Whether the reader may still see exactly what the run shows."""
    heartbeat_s: float
    states: States | None = None
    """Shows documents along with the events."""
    states_until_ms: int = 0
    """No states are shown after it."""
