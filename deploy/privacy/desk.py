"""Erasure on the command line: the keyring of this machine and the record of the log, for as long as one command."""

import asyncio
from contextlib import suppress

from api.access.entries import Actor
from api.access.journal import LogJournal
from api.privacy.bindings import withdraw_bindings
from api.privacy.erasing import Eraser
from deploy.attach import attach
from deploy.privacy.identity_log import CommandLog
from deploy.privacy.keyring import keyring_of
from deploy.retention.pupil_holds import StoredHolds
from deploy.store_address import store_of
from ingest.privacy.erasure_book import Erasure
from schemas.ids import CampusId
from schemas.registry import Role

CONNECT_S = 10.0


def erase(  # noqa: PLR0913 — an erasure has these parts
    campus_id: str, pupil_token: str, *, ground: str, legal_basis: str, by: str, approver: str
) -> Erasure:
    """Ask and approve in one go, for two people at one machine: what the two routes of the API do, and all of it.

    Repeated after a failure it does what is left. Under a legal hold the keys are restricted, and destroyed when it is
    released.

    Raises:
        SelfApprovalError: both are the same person.
        UnreachableError: the keys, the log or the store with the legal holds do not answer.
        DataFaultError: what stands in the log of guardians is no fact.
    """
    attached = attach()
    settings = attached.settings
    keyring = keyring_of(settings)
    journal = LogJournal(attached.bootstrap, prefix=settings.prefix, partitions=settings.partitions)
    people = CommandLog(attached.bootstrap, settings.prefix)

    async def unbind(campus_id: CampusId, pupil_token: str) -> None:
        await withdraw_bindings(people, (await people.read()).guardians, campus_id, pupil_token)

    eraser = Eraser(keyring, journal, settings.clock.build(), unbind, StoredHolds(lambda: store_of(settings)))

    async def work() -> Erasure:
        connecting = asyncio.create_task(journal.run())
        try:
            await _connected(journal)
            asked = await eraser.request(
                CampusId(campus_id),
                pupil_token,
                ground=ground,
                legal_basis=legal_basis,
                by=Actor(by, Role.PRINCIPAL),
            )
            return await eraser.approve(asked, Actor(approver, Role.PRINCIPAL))
        finally:
            connecting.cancel()
            with suppress(asyncio.CancelledError):
                await connecting

    try:
        return asyncio.run(work())
    finally:
        keyring.close()


def receipts() -> list[Erasure]:
    """Every erasure of this machine's key store, the newest first."""
    keyring = keyring_of(attach().settings)
    try:
        return keyring.erasures.all()
    finally:
        keyring.close()


def uncover(kept: bytes) -> bytes:
    """A dead letter as it came.

    Raises:
        SealBrokenError: it was altered, or covered by another deployment.
    """
    keyring = keyring_of(attach().settings)
    try:
        return keyring.letters.uncover(kept)
    finally:
        keyring.close()


async def _connected(journal: LogJournal) -> None:
    """Wait for the log; when it stays away, the first write says so."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CONNECT_S):
            while not journal.is_connected:  # noqa: ASYNC110 — the journal signals nothing
                await asyncio.sleep(0.05)
