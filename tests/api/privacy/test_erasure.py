"""Erasing a pupil over the API: who may, in which order, and what is left."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api.access.entries import Entry
from api.access.journal import unrecorded
from api.privacy.unseal import SealedEvent, Unsealer
from ingest.privacy.key_store import Subject
from ingest.privacy.keyring import Keyring, open_keyring
from ingest.privacy.sealing import opened, sealed
from schemas.clock import DAY_MS, ManualClock
from schemas.frame import decode_frame, join_frame, stamp
from schemas.ids import CampusId, EventTypeName
from schemas.privacy import key_week_of, service_day_of
from schemas.registry import Role
from schemas.systems import catalogue
from tests.api.support.people import people, services
from tests.api.support.privacy_routes import APPROVAL, ERASURE, ERASURES, EXPORT, PUPIL, asked, guardianship_of, wanted
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import N2, NOW_MS, S1, bearer
from tests.ingest.ingest_samples import encode, event

BOARDED = EventTypeName("school_bus.pupil.boarded.v1")


@dataclass
class Notes:
    """A journal that keeps what it is given, unless it is told to be away."""

    entries: list[Entry] = field(default_factory=list)
    is_away: bool = False

    async def write(self, entries: Sequence[Entry], at_ms: int) -> None:
        assert at_ms
        if self.is_away:
            raise unrecorded("away")
        self.entries += entries


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Keyring]:
    made = open_keyring(tmp_path / "keys.sqlite", tmp_path / "master")
    yield made
    made.close()


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
async def client(keyring: Keyring, notes: Notes) -> AsyncIterator[Client]:
    async with serving(Rig(keyring=keyring, journal=notes).context()) as found:
        yield found


async def post(client: Client, path: str, role: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    async with client.http.post(client.base + path, headers=bearer(role), json=body) as response:
        return response.status, await response.json()


async def get(client: Client, path: str, role: str) -> tuple[int, dict[str, Any]]:
    async with client.http.get(client.base + path, headers=bearer(role)) as response:
        return response.status, await response.json()


def ridden(keyring: Keyring, day_ms: int = NOW_MS, campus_id: str = N2) -> SealedEvent:
    """A sealed event of the pupil, as the log has it."""
    fields = catalogue()[BOARDED].pupil
    assert fields is not None
    body = event(BOARDED, campusid=campus_id, data=catalogue()[BOARDED].sample | {"pupil_token": PUPIL})
    taken = opened(encode(body), fields, day_ms)
    key = keyring.keys.ensure([taken.subject]).keys[taken.subject]
    (logged,) = decode_frame(join_frame([stamp(sealed(taken, key), day_ms, day_ms)]))
    return SealedEvent(logged.type, CampusId(logged.campusid), logged.source, logged.id, logged.data)


def files_with(directory: Path, text: bytes) -> list[str]:
    return [file.name for file in directory.iterdir() if text in file.read_bytes()]


def approval(erasure_id: str) -> str:
    return APPROVAL.replace("{erasure_id}", erasure_id)


async def test_two_people_erase_a_pupil_and_the_log_says_so(client: Client, keyring: Keyring, notes: Notes) -> None:
    this_week, earlier = ridden(keyring), ridden(keyring, NOW_MS - 9 * DAY_MS)
    other = ridden(keyring, campus_id=S1)

    status, request = await post(client, ERASURES, "principal", asked(N2))
    assert (status, request["state"], notes.entries) == (201, "requested", [])
    assert await Unsealer(keyring.keys).unseal([this_week, earlier]) != [None, None]
    status, receipt = await post(client, approval(request["erasure_id"]), "bureau")

    assert (status, receipt["state"], len(receipt["key_refs"])) == (200, "done", 2)
    assert await Unsealer(keyring.keys).unseal([this_week, earlier]) == [None, None]
    assert (await Unsealer(keyring.keys).unseal([other]))[0] is not None
    (entry,) = notes.entries
    assert (entry.type, entry.campus_id, entry.data["keys_destroyed"]) == ("access.subject_keys_destroyed.v1", N2, 2)
    catalogue()[EventTypeName(entry.type)].data.model_validate(entry.data, strict=False)
    assert await get(client, ERASURE.replace("{erasure_id}", request["erasure_id"]), "auditor") == (200, receipt)


async def test_what_binds_guardians_to_the_pupil_goes_with_the_keys(
    keyring: Keyring, notes: Notes, tmp_path: Path
) -> None:
    clock, identity = ManualClock(NOW_MS), people()
    for name in (PUPIL, "p_somebody_else"):
        identity.put(guardianship_of(name))
    rig = Rig(keyring=keyring, journal=notes, clock=clock, identity=services(tmp_path, identity, clock))

    async with serving(rig.context()) as client:
        _, request = await post(client, ERASURES, "principal", asked(N2))
        assert len(identity.guardians.guardianships) == 2
        status, _ = await post(client, approval(request["erasure_id"]), "bureau")

    assert status == 200
    assert [found.pupil_token for found in identity.guardians.guardianships.values()] == ["p_somebody_else"]


async def test_who_asks_cannot_approve(client: Client, keyring: Keyring) -> None:
    before = ridden(keyring)
    _, request = await post(client, ERASURES, "principal", asked(N2))

    status, problem = await post(client, approval(request["erasure_id"]), "principal")

    assert (status, problem["code"]) == (409, "CAMP-193")
    assert await Unsealer(keyring.keys).unseal([before]) != [None]


async def test_an_approval_that_could_not_be_recorded_is_repeated_without_loss(
    client: Client, keyring: Keyring, notes: Notes
) -> None:
    ridden(keyring)
    _, request = await post(client, ERASURES, "principal", asked(N2))
    notes.is_away = True

    status, problem = await post(client, approval(request["erasure_id"]), "bureau")
    assert (status, problem["code"]) == (503, "CAMP-400")
    notes.is_away = False
    _, receipt = await post(client, approval(request["erasure_id"]), "bureau")
    again = await post(client, approval(request["erasure_id"]), "bureau")

    assert (receipt["state"], len(receipt["key_refs"])) == ("done", 1)
    assert again == (200, receipt)
    assert [entry.data["keys_destroyed"] for entry in notes.entries] == [1]


async def test_nothing_names_the_pupil_once_the_keys_are_gone(
    client: Client, keyring: Keyring, notes: Notes, tmp_path: Path
) -> None:
    ridden(keyring)
    _, request = await post(client, ERASURES, "principal", asked(N2))
    _, receipt = await post(client, approval(request["erasure_id"]), "bureau")

    assert keyring.erasures.token_of(request["erasure_id"]) is None
    assert PUPIL not in f"{receipt} {notes.entries}"
    assert not files_with(tmp_path, PUPIL.encode())


WHO_MAY = {
    ("POST", ERASURES): {Role.PRINCIPAL},
    ("GET", ERASURES): {Role.PRINCIPAL, Role.HEAD, Role.BUREAU, Role.AUDITOR},
    ("POST", EXPORT): {Role.PRINCIPAL},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("method", "path"), WHO_MAY)
async def test_a_role_that_may_not_is_refused(client: Client, method: str, path: str, role: Role) -> None:
    body = wanted(N2) if path == EXPORT else asked(N2)
    async with client.http.request(
        method, client.base + path, headers=bearer(role), json=body if method == "POST" else None
    ) as response:
        may = role in WHO_MAY[method, path]
        assert (response.status != 403) is may
        assert response.status in ({200, 201, 503} if may else {403})


@pytest.mark.parametrize("role", Role)
async def test_an_approval_by_a_role_that_may_not_is_refused(client: Client, keyring: Keyring, role: Role) -> None:
    made = keyring.erasures.request(
        N2, PUPIL, ground="left_school", legal_basis="pipl_47_1", by="somebody", at_ms=NOW_MS
    )

    status, _ = await post(client, approval(made.erasure_id), role)

    assert status == (200 if role in {Role.PRINCIPAL, Role.HEAD, Role.BUREAU} else 403)


async def test_what_belongs_to_another_school_does_not_exist(client: Client, keyring: Keyring) -> None:
    made = keyring.erasures.request(
        S1, PUPIL, ground="left_school", legal_basis="pipl_47_1", by="somebody", at_ms=NOW_MS
    )

    assert (await post(client, ERASURES, "principal", asked(S1)))[0] == 404
    assert (await post(client, EXPORT, "principal", wanted(S1)))[0] == 404
    assert (await post(client, approval(made.erasure_id), "bureau"))[0] == 404
    assert (await get(client, ERASURE.replace("{erasure_id}", made.erasure_id), "auditor"))[0] == 404
    assert await get(client, ERASURES, "auditor") == (200, {"erasures": []})


@pytest.mark.parametrize(
    "change", [{"ground": "张三要求"}, {"legal_basis": "because"}, {"pupil_token": "张三"}, {"note": "张三"}]
)
async def test_there_is_no_room_for_free_words(client: Client, change: dict[str, str]) -> None:
    status, problem = await post(client, ERASURES, "principal", asked(N2) | change)

    assert (status, "张三" in str(problem)) == (422, False)


async def test_without_a_key_store_nothing_is_promised() -> None:
    async with serving(Rig().context()) as client:
        status, problem = await post(client, ERASURES, "principal", asked(N2))

    assert (status, problem["code"]) == (503, "CAMP-190")


async def test_an_alias_is_found_by_whoever_knows_the_pupil_and_gone_with_the_key(keyring: Keyring) -> None:
    logged, unsealer = ridden(keyring), Unsealer(keyring.keys)
    day = service_day_of(NOW_MS)

    assert await unsealer.alias_of(N2, PUPIL, day) == logged.data["pupil_token"]
    assert set(await unsealer.aliases_of(N2, PUPIL)) == {logged.data["key_ref"]}
    keyring.keys.destroy(N2, PUPIL, NOW_MS)
    assert await unsealer.alias_of(N2, PUPIL, day) is None
    assert keyring.keys.find([Subject(N2, PUPIL, key_week_of(day))]) == {}
