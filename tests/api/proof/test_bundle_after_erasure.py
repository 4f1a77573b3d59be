"""An evidence bundle with what was said of a pupil verifies after the pupil's erasure, made before it or after it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from api.proof.verify import verify_file
from ingest.privacy.keyring import Keyring, open_keyring
from ingest.privacy.sealing import opened, sealed
from schemas.clock import ManualClock
from schemas.ids import EventTypeName
from schemas.privacy import SEALED
from schemas.systems import catalogue
from streams.archive.checkpoints import Notary
from streams.archive.settings import StoreSettings
from streams.archive.signing import SigningKeys
from streams.systems import systems
from tests.api.support.history import MORNING_MS, Book, Past
from tests.api.support.privacy_routes import APPROVAL, ERASURES, PUPIL, asked
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import N2, NOW_MS, bearer

pytestmark = pytest.mark.engine
BOARDED = EventTypeName("school_bus.pupil.boarded.v1")
ORDER = {
    "scope": [f"campus:{N2}"],
    "from_ms": MORNING_MS,
    "to_ms": MORNING_MS + 3_600_000,
    "system": ["school_bus"],
    "purpose": "who was on the bus",
    "case": "17",
}


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Keyring]:
    made = open_keyring(tmp_path / "keys.sqlite", tmp_path / "master")
    yield made
    made.close()


@pytest.fixture
def signing(tmp_path: Path) -> SigningKeys:
    made = SigningKeys(tmp_path / "signing")
    made.make_first(1)
    return made


def fill(store: StoreSettings, keyring: Keyring, signing: SigningKeys) -> None:
    """Two signed blocks, each with rides of the pupil and of another one."""
    past, notary = Past(store), Notary(store, signing, ManualClock(NOW_MS))
    notary.take_up(0, None)
    for block in range(2):
        start_ms = MORNING_MS + block * 600_000
        past.archive([ride(past, keyring, pupil, start_ms) for pupil in (PUPIL, "p_somebody_else")])
        notary.sign([0])
    notary.close()


def ride(past: Past, keyring: Keyring, pupil: str, at_ms: int) -> bytes:
    """As the gateway would have sealed it."""
    fields = catalogue()[BOARDED].pupil
    assert fields is not None
    data = {"trip_id": "t-1", "pupil_token": pupil, "stop_id": "s-1", "method": "card"}
    event = opened(past.event(N2, BOARDED, data, at_ms, subject="bus-1"), fields, at_ms)
    return sealed(event, keyring.keys.ensure([event.subject]).keys[event.subject])


async def bundle(client: Client, path: Path) -> Path:
    async with client.http.post(f"{client.base}/v1/evidence", json=ORDER, headers=bearer("principal")) as response:
        body = await response.read()
        assert response.status == 200, body
    await asyncio.to_thread(path.write_bytes, body)
    return path


def events_of(path: Path) -> list[bytes]:
    with ZipFile(path) as archive:
        return archive.read("events.ndjson").splitlines()


async def erase(client: Client) -> None:
    async with client.http.post(client.base + ERASURES, json=asked(N2), headers=bearer("principal")) as response:
        erasure_id = (await response.json())["erasure_id"]
    address = client.base + APPROVAL.replace("{erasure_id}", erasure_id)
    async with client.http.post(address, headers=bearer("bureau")) as response:
        assert (response.status, (await response.json())["state"]) == (200, "done")


async def test_a_bundle_verifies_after_an_erasure_whether_made_before_or_after_it(
    database: StoreSettings, keyring: Keyring, signing: SigningKeys, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill, database, keyring, signing)
    rig = Rig(store=database, keyring=keyring)
    context = replace(rig.context(), systems=systems(), journal=Book(), signing=signing)
    (pinned,) = signing.keychain().by_id()

    async with serving(context) as client:
        before = await bundle(client, tmp_path / "before.zip")
        await erase(client)
        after = await bundle(client, tmp_path / "after.zip")
    context.store.close()

    assert keyring.keys.weeks_of(N2, PUPIL) == {}
    assert verify_file(str(before), pinned)
    assert verify_file(str(after), pinned)
    assert (len(events_of(after)), events_of(after)) == (4, events_of(before))
    assert all(SEALED.encode() in line and PUPIL.encode() not in line for line in events_of(after))
