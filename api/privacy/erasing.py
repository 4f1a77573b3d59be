"""Erases a pupil: two people, one destroyed set of keys, one event that says so. Every step may be repeated.

1. Invitations and guardianships that name the pupil are withdrawn, so that no guardian's door leads there any more.
2. The names of the keys are noted with the approval.
3. The keys are destroyed; the book forgets whom they were of.
4. The log gets ``access.subject_keys_destroyed``; only then is the erasure done.

Whoever repeats the approval after a failure goes on where it ended. Nothing else needs to be purged: the store's rows,
the documents and the alerts know the pupil by aliases that nobody can link any more.
"""

import asyncio
from collections.abc import Awaitable, Callable

from api.access.entries import Actor, Entry
from api.access.journal import Journal
from ingest.privacy.erasure_book import Erasure
from ingest.privacy.errors import SelfApprovalError
from ingest.privacy.keyring import Keyring
from schemas.clock import Clock
from schemas.ids import CampusId

MAX_REFS = 64
Unbind = Callable[[CampusId, str], Awaitable[None]]
"""Withdraws what binds guardians to a pupil of a campus; harmless when repeated."""


class Eraser:
    """Carries erasures out."""

    def __init__(self, keyring: Keyring, journal: Journal, clock: Clock, unbind: Unbind) -> None:
        self._keys, self._book = keyring.keys, keyring.erasures
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
        """Destroy the keys and say so in the log; an erasure that is done stays as it is.

        Raises:
            SelfApprovalError: the approver is who asked for it.
            KeysAwayError, UnreachableError: not done yet; approve again.
        """
        if erasure.state == "done":
            return erasure
        if by.ref == erasure.requested_by:
            raise SelfApprovalError
        pupil_token = await asyncio.to_thread(self._book.token_of, erasure.erasure_id)
        if pupil_token is not None:
            await self._unbind(erasure.campus_id, pupil_token)
        approved = await asyncio.to_thread(self._destroy, erasure.erasure_id, by.ref)
        await self._journal.write([_entry(approved, by)], self._clock.now_ms())
        await asyncio.to_thread(self._book.recorded, erasure.erasure_id)
        return await self._again(erasure.erasure_id)

    def _destroy(self, erasure_id: str, by: str) -> Erasure:
        """Steps 2 and 3."""
        pupil_token, erasure = self._book.token_of(erasure_id), self._book.find(erasure_id)
        if erasure is None:
            raise LookupError(erasure_id)
        if pupil_token is not None:
            living = self._keys.weeks_of(erasure.campus_id, pupil_token).values()
            self._book.approve(erasure_id, by, tuple(sorted(living)))
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


def _entry(erasure: Erasure, by: Actor) -> Entry:
    data = {
        "principal_ref": erasure.requested_by,
        "role": by.role,
        "erasure_id": erasure.erasure_id,
        "keys_destroyed": len(erasure.key_refs),
        "key_refs": list(erasure.key_refs[-MAX_REFS:]),
        "ground": erasure.ground,
        "legal_basis": erasure.legal_basis,
        "approver_ref": erasure.approved_by or by.ref,
        "requested_ms": erasure.requested_ms,
        "destroyed_ms": erasure.destroyed_ms or erasure.requested_ms,
    }
    return Entry(erasure.campus_id, "access.subject_keys_destroyed.v1", erasure.erasure_id, data)
