"""Erases a pupil: two people, one destroyed set of keys, one event that says so. Every step may be repeated.

1. Invitations and guardianships that name the pupil are withdrawn, so that no guardian's door leads there any more.
2. The names of the keys are noted with the approval.
3. The keys are destroyed; the book forgets whom they were of.
4. The log gets ``access.subject_keys_destroyed``; only then is the erasure done.

While a legal hold covers the campus and a system that speaks of pupils, step 3 is another one: the keys are restricted.
PIPL Art. 47 (2): where a period set by law has not passed, everything but storage and what keeps it safe has to stop.
So the keys stay, and no reader gets them, a guardian neither: the article knows no exception for anybody. When the hold
is released, whoever applies retention by the day takes steps 3 and 4; nobody here does.

Whoever repeats the approval after a failure goes on where it ended. Nothing else needs to be purged: the store's rows,
the documents and the alerts know the pupil by aliases that nobody can link any more.
"""

import asyncio
from collections.abc import Awaitable, Callable

from api.access.entries import Actor, Entry
from api.access.journal import Journal
from api.privacy.holds import LegalHolds
from ingest.privacy.erasure_book import Erasure
from ingest.privacy.errors import SelfApprovalError
from ingest.privacy.keyring import Keyring
from schemas.clock import Clock
from schemas.ids import CampusId
from schemas.registry import Role

MAX_REFS = 64
Unbind = Callable[[CampusId, str], Awaitable[None]]
"""Withdraws what binds guardians to a pupil of a campus; harmless when repeated."""


class Eraser:
    """Carries erasures out."""

    def __init__(self, keyring: Keyring, journal: Journal, clock: Clock, unbind: Unbind, holds: LegalHolds) -> None:
        self._keys, self._book, self._holds = keyring.keys, keyring.erasures, holds
        self._journal, self._clock, self._unbind = journal, clock, unbind

    async def request(
        self, campus_id: CampusId, pupil_token: str, *, ground: str, legal_basis: str, by: Actor
    ) -> Erasure:
        """Note the request; nothing is destroyed yet.

        Raises:
            KeysAwayError: the book does not answer.
        """
        return await asyncio.to_thread(
            self._book.request,
            campus_id,
            pupil_token,
            ground=ground,
            legal_basis=legal_basis,
            by=by.ref,
            at_ms=self._clock.now_ms(),
        )

    async def find(self, erasure_id: str) -> Erasure | None:
        """One erasure."""
        return await asyncio.to_thread(self._book.find, erasure_id)

    async def all(self) -> list[Erasure]:
        """Every erasure, the newest first."""
        return await asyncio.to_thread(self._book.all)

    async def approve(self, erasure: Erasure, by: Actor) -> Erasure:
        """Destroy the keys and say so in the log; under a legal hold, restrict them.

        An erasure that is done, or that a hold stopped, stays as it is.

        Raises:
            SelfApprovalError: the approver is who asked for it.
            KeysAwayError, UnreachableError: not done yet; approve again.
        """
        if erasure.state == "done" or erasure.restricted_ms is not None:
            return erasure
        if by.ref == erasure.requested_by:
            raise SelfApprovalError
        pupil_token = await asyncio.to_thread(self._book.token_of, erasure.erasure_id)
        if pupil_token is not None:
            await self._unbind(erasure.campus_id, pupil_token)
            if await self._holds.cover_pupils_of(erasure.campus_id):
                await asyncio.to_thread(self._restrict, erasure, pupil_token, by)
                return await self._again(erasure.erasure_id)
        approved = await asyncio.to_thread(self._destroy, erasure.erasure_id, by)
        await self._journal.write([erased_entry(approved)], self._clock.now_ms())
        await asyncio.to_thread(self._book.recorded, erasure.erasure_id)
        return await self._again(erasure.erasure_id)

    def _restrict(self, erasure: Erasure, pupil_token: str, by: Actor) -> None:
        """Step 3 under a legal hold; the keys that an earlier erasure restricted are this one's too."""
        now_ms = self._clock.now_ms()
        key_refs = self._keys.restrict(erasure.campus_id, pupil_token, now_ms)
        self._book.approve(erasure.erasure_id, by.ref, by.role, key_refs)
        self._book.restrict(erasure.erasure_id, key_refs, now_ms)

    def _destroy(self, erasure_id: str, by: Actor) -> Erasure:
        """Steps 2 and 3."""
        pupil_token, erasure = self._book.token_of(erasure_id), self._book.find(erasure_id)
        if erasure is None:
            raise LookupError(erasure_id)
        if pupil_token is not None:
            living = self._keys.weeks_of(erasure.campus_id, pupil_token).values()
            self._book.approve(erasure_id, by.ref, by.role, tuple(sorted(living)))
            noted = self._book.find(erasure_id)
            now_ms = self._clock.now_ms()
            destroyed = self._keys.destroy(erasure.campus_id, pupil_token, now_ms)
            key_refs = tuple(sorted({*destroyed, *(noted.key_refs if noted else ())}))
            self._book.complete(erasure_id, key_refs, now_ms)
        return self._book.find(erasure_id) or erasure

    async def _again(self, erasure_id: str) -> Erasure:
        found = await self.find(erasure_id)
        if found is None:
            raise LookupError(erasure_id)
        return found


def erased_entry(erasure: Erasure) -> Entry:
    """What the log says of an erasure whose keys are destroyed."""
    data = {
        "principal_ref": erasure.requested_by,
        "role": erasure.approver_role or Role.PRINCIPAL,
        "erasure_id": erasure.erasure_id,
        "keys_destroyed": len(erasure.key_refs),
        "key_refs": list(erasure.key_refs[-MAX_REFS:]),
        "ground": erasure.ground,
        "legal_basis": erasure.legal_basis,
        "approver_ref": erasure.approved_by or erasure.requested_by,
        "requested_ms": erasure.requested_ms,
        "destroyed_ms": erasure.destroyed_ms or erasure.requested_ms,
    }
    return Entry(erasure.campus_id, "access.subject_keys_destroyed.v1", erasure.erasure_id, data)
