"""Carries out the erasures that a legal hold stopped, once the hold is released, and says so in the log.

PIPL Art. 47 (2) lets a handler keep what it must keep, and stop everything else, only while the reason lasts. One
process does it (:class:`~deploy.retention.daily.DailyRetention`), every step may be repeated:

1. No hold in force covers the campus any more: the keys that the erasure names are destroyed, and the book notes it.
2. The log gets ``access.subject_keys_destroyed``; only then is the erasure done.
"""

import asyncio
from collections.abc import Callable
from contextlib import closing

from api.access.journal import Journal
from api.privacy.erasing import erased_entry
from api.privacy.holds import LegalHolds
from ingest.privacy.erasure_book import Erasure
from ingest.privacy.keyring import Keyring
from schemas.clock import Clock


class HeldErasures:
    """Finishes what was stopped; opens the keyring for as long as that takes."""

    def __init__(self, keyring: Callable[[], Keyring], holds: LegalHolds, journal: Journal, clock: Clock) -> None:
        self._keyring, self._holds, self._journal, self._clock = keyring, holds, journal, clock

    async def carry_out(self) -> int:
        """Finish every erasure that no hold stops any more; returns how many.

        Raises:
            KeysAwayError, UnreachableError: not all of it is done; repeat it.
        """
        with closing(await asyncio.to_thread(self._keyring)) as keyring:
            waiting = await asyncio.to_thread(keyring.erasures.restricted)
            return sum([await self._finish(keyring, erasure) for erasure in waiting])

    async def _finish(self, keyring: Keyring, erasure: Erasure) -> bool:
        if erasure.destroyed_ms is None:
            if await self._holds.cover_pupils_of(erasure.campus_id):
                return False
            await asyncio.to_thread(self._destroy, keyring, erasure)
        done = await asyncio.to_thread(keyring.erasures.find, erasure.erasure_id)
        await self._journal.write([erased_entry(done or erasure)], self._clock.now_ms())
        await asyncio.to_thread(keyring.erasures.recorded, erasure.erasure_id)
        return True

    def _destroy(self, keyring: Keyring, erasure: Erasure) -> None:
        now_ms = self._clock.now_ms()
        keyring.keys.destroy_restricted(erasure.key_refs, now_ms)
        keyring.erasures.complete(erasure.erasure_id, erasure.key_refs, now_ms)
