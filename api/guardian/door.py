"""What the guardians' door of one process works with, apart from the facts: made once, part of the API's context."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from api.errors import NotReadyError, TooManyStreamsError
from api.guardian.bus_states import BusStates
from api.guardian.names import Aliases, NoAliases
from api.guardian.settings import GuardianSettings
from api.identity.rate import Rate
from schemas.ids import TokenId


@dataclass
class GuardianDoor:
    """Caches, brakes and open streams."""

    settings: GuardianSettings = field(default_factory=GuardianSettings)
    aliases: Aliases = field(default_factory=NoAliases)
    states: BusStates = field(default_factory=BusStates)
    redeeming: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a code is looked up and used, so that none is used twice."""
    is_closing: bool = False

    def __post_init__(self) -> None:
        self.tries = Rate(self.settings.tries_per_min)
        self._watching: defaultdict[TokenId, int] = defaultdict(int)

    def require_room(self, session_id: TokenId) -> None:
        """Let one more stream of a session be opened.

        Raises:
            TooManyStreamsError: the session holds its share already.
            NotReadyError: the process is full or about to end.
        """
        if self.is_closing:
            raise NotReadyError("服务即将停止 / the process is about to end")
        if sum(self._watching.values()) >= self.settings.streams_max:
            raise NotReadyError("事件流已满 / this process holds all the streams that it may")
        if self._watching.get(session_id, 0) >= self.settings.streams_per_session:
            raise TooManyStreamsError(self.settings.streams_per_session)

    @contextmanager
    def watching(self, session_id: TokenId) -> Iterator[None]:
        """One open stream of a session."""
        self._watching[session_id] += 1
        try:
            yield
        finally:
            self._watching[session_id] -= 1
            if not self._watching[session_id]:
                del self._watching[session_id]

    def stop(self) -> None:
        """Every stream ends at its next turn, and no new one begins."""
        self.is_closing = True
