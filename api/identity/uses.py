"""When each session was last used: in memory at once, in the log at most once a minute, away from any request."""

import asyncio
from typing import Final

import structlog

from api.identity.log import IdentityLog
from schemas.clock import MINUTE_MS, Clock
from schemas.errors import UnreachableError
from schemas.identity import AnyIdentityFact, ApiToken, Session, SessionEnd, SessionUse, identity_key
from schemas.identity_fold import Identity
from schemas.ids import TokenId

log = structlog.get_logger(__name__)
FLUSH_S: Final = 5.0
SWEEPS_PER_TIDYING: Final = 120


class Uses:
    """The uses of this process; ``run`` writes them down and clears away what has expired."""

    def __init__(self, facts: Identity, identity_log: IdentityLog, clock: Clock) -> None:
        self._facts, self._log, self._clock = facts, identity_log, clock
        self._seen_ms: dict[TokenId, int] = {}
        self._unwritten: set[TokenId] = set()

    def last_ms(self, session: Session) -> int:
        """When the session was last used, as far as this process and the log know."""
        written = self._facts.get(SessionUse, session.session_id)
        return max(session.created_ms, self._seen_ms.get(session.session_id, 0), written.at_ms if written else 0)

    def note(self, session_id: TokenId, at_ms: int) -> None:
        """The session is used now."""
        self._seen_ms[session_id] = at_ms
        written = self._facts.get(SessionUse, session_id)
        if written is None or at_ms - written.at_ms >= MINUTE_MS:
            self._unwritten.add(session_id)

    async def run(self) -> None:
        """Write down and tidy until cancelled; a log that is away is tried again with the next sweep."""
        sweeps = 0
        while True:
            await asyncio.sleep(FLUSH_S)
            try:
                await self.flush()
                if sweeps % SWEEPS_PER_TIDYING == 0:
                    await self.tidy()
                sweeps += 1
            except UnreachableError as error:
                log.warning("session_uses_unwritten", reason=error.cause)

    async def flush(self) -> None:
        """Write what is not written yet.

        Raises:
            UnreachableError: the log did not take it; nothing is forgotten.
        """
        waiting = sorted(self._unwritten)
        standing = [found for found in waiting if self._facts.get(Session, found) is not None]
        if standing:
            await self._log.write([SessionUse(session_id=found, at_ms=self._seen_ms[found]) for found in standing])
        self._unwritten.difference_update(waiting)

    async def tidy(self) -> None:
        """Withdraw sessions and API tokens that have expired, each before the mark that it was over.

        Raises:
            UnreachableError: the log did not take it; the rest is withdrawn another time.
        """
        at_ms = self._clock.now_ms()
        sessions = [fact for fact in self._facts.all(Session) if at_ms >= fact.not_after_ms]
        tokens = [fact for fact in self._facts.all(ApiToken) if at_ms >= fact.not_after_ms]
        ends = [fact for fact in self._facts.all(SessionEnd) if at_ms >= fact.not_after_ms]
        known = {fact.session_id for fact in self._facts.all(Session)} - {fact.session_id for fact in sessions}
        uses = [fact for fact in self._facts.all(SessionUse) if fact.session_id not in known]
        expired: list[AnyIdentityFact] = [*sessions, *tokens, *ends, *uses]
        for fact in uses:
            self._seen_ms.pop(fact.session_id, None)
        if expired:
            await self._log.write([], [identity_key(fact) for fact in expired])
            log.info("sessions_tidied", withdrawn=len(expired))
