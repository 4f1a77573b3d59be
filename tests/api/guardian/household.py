"""The API with one bus on its morning, and what guardians do there."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from ingest.privacy.keyring import Keyring
from schemas.clock import ManualClock
from schemas.documents import StoredDocument, document_key
from schemas.identity_fold import Identity
from streams.archive.settings import StoreSettings
from tests.api.access.remembered_journal import RememberedJournal
from tests.api.guardian.family import CAMPUS, NAMES, afternoon, morning, until
from tests.api.support.counting import CountingMeter
from tests.api.support.people import services
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import BUS, bearer, campus_status
from tests.streams.systems.driving import local

POLICY = "2026-09"


@dataclass
class Household:
    """A running API, its clock, what guardians are known, and what was recorded."""

    rig: Rig
    clock: ManualClock
    identity: Identity
    journal: RememberedJournal
    client: Client

    async def ask(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON body of a request."""
        options: dict[str, Any] = {"json": body} if body is not None else {}
        async with self.client.http.request(method, self.client.base + path, headers=headers, **options) as found:
            text = await found.text()
            return found.status, (msgspec.json.decode(text) if text else None)

    async def invited(self, number: int, who: str = "principal") -> str:
        """The code of an invitation for the child at stop ``number``."""
        runs = [run.model_dump(mode="json") for run in (morning(number), afternoon(number))]
        body = {"pupil_token": NAMES[f"ch-{number}"], "runs": runs}
        status, answer = await self.ask("POST", f"/v1/campuses/{CAMPUS}/invitations", body, headers=bearer(who))
        assert status == 201, answer
        return str(answer["code"])

    async def guardian_of(self, number: int, *, consents: bool = True) -> tuple[str, dict[str, str]]:
        """Reference of the child and the header of a fresh guardian."""
        body = {"code": await self.invited(number)} | ({"consent_to": POLICY} if consents else {})
        status, answer = await self.ask("POST", "/v1/invitations/redeem", body)
        assert status == 201, answer
        return answer["child"], {"Authorization": f"Bearer {answer['token']}"}

    def tell(self, at_ms: int) -> None:
        """Let it be that instant of a good morning."""
        self.clock.instant_ms = at_ms
        status = campus_status(CAMPUS, BUS, clock_ms=at_ms, state=msgspec.Raw(msgspec.json.encode(until(at_ms))))
        stored = StoredDocument(due_ms=1, position=1, status=msgspec.Raw(msgspec.json.encode(status)))
        self.rig.state((document_key(CAMPUS, BUS).encode(), msgspec.json.encode(stored)))


@asynccontextmanager
async def household(
    directory: Path, keyring: Keyring | None = None, store: StoreSettings | None = None
) -> AsyncIterator[Household]:
    clock, identity, journal = ManualClock(local(6)), Identity(), RememberedJournal()
    made = services(directory, identity, clock)
    rig = Rig(meter=CountingMeter(), clock=clock, identity=made, keyring=keyring, store=store or StoreSettings())
    context = replace(rig.context(), journal=journal)
    async with serving(context) as client:
        yield Household(rig, clock, identity, journal, client)
    context.store.close()
