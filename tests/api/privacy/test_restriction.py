"""An erasure under a legal hold, on a real store: the keys stay, nobody is given them, and they go with the hold."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from api.privacy.unseal import Unsealer
from deploy.retention.carrying_out import apply_retention
from deploy.retention.held_erasures import HeldErasures
from deploy.retention.holds import Hold, place_hold, release_hold
from deploy.retention.pupil_holds import StoredHolds, covers_pupils
from ingest.privacy.key_store import Subject
from ingest.privacy.keyring import Keyring, open_keyring
from ingest.privacy.sealing import opened, sealed
from schemas.clock import DAY_MS, HOUR_MS, ManualClock
from schemas.errors import UnreachableError
from schemas.identity_fold import Identity
from schemas.ids import CampusId, EventTypeName, SystemName
from schemas.privacy import key_week_of, service_day_of
from schemas.systems import catalogue
from streams.archive.settings import StoreSettings
from streams.archive.store_client import session
from tests.api.access.remembered_journal import RememberedJournal
from tests.api.support.history import Past
from tests.api.support.people import people, services
from tests.api.support.privacy_routes import (
    APPROVAL,
    ERASURE,
    ERASURES,
    EXPORT,
    OPENING,
    PUPIL,
    asked,
    guardianship_of,
    opening,
    wanted,
)
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import BUS, CANTEEN, N2, NOW_MS, S1, bearer

BOARDED = EventTypeName("school_bus.pupil.boarded.v1")
RIDE_MS = NOW_MS - 2 * HOUR_MS
FRIEND = "p_somebody_else"
WEEK = key_week_of(service_day_of(RIDE_MS))


@pytest.mark.parametrize(
    ("campus_id", "systems", "covers"),
    [(N2, (), True), (N2, (BUS,), True), (N2, (CANTEEN, BUS), True), (N2, (CANTEEN,), False), (S1, (), False)],
)
def test_a_hold_covers_pupils_by_campus_and_by_a_system_that_speaks_of_them(
    campus_id: CampusId, systems: tuple[SystemName, ...], *, covers: bool
) -> None:
    assert covers_pupils(Hold("hold-1", (campus_id,), systems, 0, 1, "case 17", "auditor-1", 0), N2) is covers


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Keyring]:
    made = open_keyring(tmp_path / "keys.sqlite", tmp_path / "master")
    yield made
    made.close()


class School:
    """A school with one archived ride of each of two pupils, and what became of an erasure."""

    def __init__(self, store: StoreSettings, keyring: Keyring, directory: Path) -> None:
        self.store, self.keyring, self.directory = store, keyring, directory
        self.journal, self.clock, self.identity = RememberedJournal(), ManualClock(NOW_MS), people()
        self.holds = StoredHolds(lambda: store)
        past = Past(store)
        past.archive([self._ridden(past, PUPIL), self._ridden(past, FRIEND)])

    def _ridden(self, past: Past, pupil: str) -> bytes:
        fields = catalogue()[BOARDED].pupil
        assert fields is not None
        data = {"trip_id": "t-1", "pupil_token": pupil, "stop_id": "s-07-03", "method": "card"}
        event = opened(past.event(N2, BOARDED, data, RIDE_MS, subject="bus-1"), fields, RIDE_MS)
        return sealed(event, self.keyring.keys.ensure([event.subject]).keys[event.subject])

    def hold(self, *systems: SystemName) -> str:
        with session(self.store) as client:
            return place_hold(
                client,
                [N2],
                systems,
                from_ms=NOW_MS - 90 * DAY_MS,
                to_ms=NOW_MS,
                reason="case 17",
                placed_by="auditor-1",
                now_ms=NOW_MS,
            ).hold_id

    def release(self, hold_id: str) -> None:
        with session(self.store) as client:
            release_hold(client, hold_id, NOW_MS + 1)

    async def night(self) -> int:
        """What the archive's process does when it looks whether anything is due."""

        def keys() -> Keyring:
            return open_keyring(self.directory / "keys.sqlite", self.directory / "master")

        return await HeldErasures(keys, self.holds, self.journal, self.clock).carry_out()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Client]:
        rig = Rig(keyring=self.keyring, journal=self.journal, clock=self.clock, store=self.store, holds=self.holds)
        rig.identity = services(self.directory, self.identity, self.clock)
        context = rig.context()
        async with serving(context) as client:
            yield client
        context.store.close()

    async def erased(self, client: Client) -> dict[str, Any]:
        """The receipt of an erasure that two people asked for and approved."""
        status, request = await post(client, ERASURES, "principal", asked(N2))
        assert status == 201
        status, receipt = await post(client, APPROVAL.replace("{erasure_id}", request["erasure_id"]), "bureau")
        assert status == 200, receipt
        return receipt


async def post(client: Client, path: str, role: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    async with client.http.post(client.base + path, headers=bearer(role), json=body) as response:
        return response.status, await response.json(content_type=None)


async def seen(client: Client) -> dict[str, str | None]:
    """What a principal who opens the day is told: the pupils' tokens, or why there is none."""
    status, answer = await post(client, OPENING, "principal", opening(N2, NOW_MS - DAY_MS, NOW_MS))
    assert status == 200, answer
    return {
        found["data"]["pupil_token"] if found["data"] else "nobody": found["withheld"] for found in answer["events"]
    }


def guarded(identity: Identity) -> set[str]:
    return {found.pupil_token for found in identity.guardians.guardianships.values()}


@pytest.fixture
def school(database: StoreSettings, keyring: Keyring, tmp_path: Path) -> School:
    return School(database, keyring, tmp_path)


@pytest.mark.engine
async def test_under_a_hold_the_keys_stay_and_nobody_is_given_them(school: School, keyring: Keyring) -> None:
    school.hold(BUS)
    for name in (PUPIL, FRIEND):
        school.identity.put(guardianship_of(name))
    (key_ref,) = keyring.keys.weeks_of(N2, PUPIL).values()

    async with school.serving() as client:
        receipt = await school.erased(client)
        assert (receipt["state"], receipt["key_refs"]) == ("restricted", [key_ref])
        assert (receipt["restricted_ms"], receipt["destroyed_ms"]) == (NOW_MS, None)
        assert await seen(client) == {"nobody": "restricted", FRIEND: None}
        status, problem = await post(client, EXPORT, "principal", wanted(N2))
        assert (status, problem["code"]) == (451, "CAMP-195")

    assert keyring.keys.restricted_of(N2, PUPIL) == (key_ref,)
    assert (keyring.keys.named([key_ref]), keyring.keys.weeks_of(N2, PUPIL)) == ({}, {})
    assert await Unsealer(keyring.keys).alias_of(N2, PUPIL, service_day_of(RIDE_MS)) is None
    assert guarded(school.identity) == {FRIEND}
    assert keyring.erasures.token_of(receipt["erasure_id"]) is None
    assert "access.subject_keys_destroyed.v1" not in school.journal.types()


@pytest.mark.engine
async def test_the_erasure_is_carried_out_by_itself_when_the_hold_is_released(school: School, keyring: Keyring) -> None:
    hold_id = school.hold()
    async with school.serving() as client:
        receipt = await school.erased(client)
        assert await school.night() == 0
        assert keyring.keys.restricted_of(N2, PUPIL) != ()

        school.release(hold_id)
        school.clock.instant_ms += DAY_MS
        assert [await school.night(), await school.night()] == [1, 0]

        async with client.http.get(
            client.base + ERASURE.replace("{erasure_id}", receipt["erasure_id"]), headers=bearer("auditor")
        ) as response:
            done = await response.json()
        assert await seen(client) == {"nobody": "erased", FRIEND: None}

    assert done == receipt | {"state": "done", "destroyed_ms": NOW_MS + DAY_MS}
    assert keyring.keys.restricted_of(N2, PUPIL) == ()
    (entry,) = (found for found, _ in school.journal.entries if found.type == "access.subject_keys_destroyed.v1")
    assert entry.data["key_refs"] == receipt["key_refs"]
    assert (entry.data["role"], entry.data["approver_ref"]) == ("bureau", receipt["approved_by"])
    catalogue()[EventTypeName(entry.type)].data.model_validate(entry.data, strict=False)


@pytest.mark.engine
async def test_a_hold_on_what_says_nothing_of_pupils_stops_no_erasure(school: School) -> None:
    school.hold(CANTEEN)

    async with school.serving() as client:
        assert (await school.erased(client))["state"] == "done"
        assert await seen(client) == {"nobody": "erased", FRIEND: None}


@pytest.mark.engine
async def test_an_approval_again_changes_nothing_while_the_hold_lasts(school: School, keyring: Keyring) -> None:
    school.hold()
    async with school.serving() as client:
        receipt = await school.erased(client)
        again = await post(client, APPROVAL.replace("{erasure_id}", receipt["erasure_id"]), "bureau")

    assert again == (200, receipt)
    assert keyring.keys.restricted_of(N2, PUPIL) == tuple(receipt["key_refs"])


@pytest.mark.engine
async def test_who_rides_again_is_sealed_anew_and_that_outlives_the_erasure(school: School, keyring: Keyring) -> None:
    hold_id = school.hold()
    async with school.serving() as client:
        receipt = await school.erased(client)
        anew = Subject(N2, PUPIL, WEEK)
        made = keyring.keys.ensure([anew]).keys[anew]
        assert made.key_ref not in receipt["key_refs"]
        assert (await post(client, OPENING, "principal", opening(N2, NOW_MS - DAY_MS, NOW_MS)))[0] == 200
        school.release(hold_id)
        assert await school.night() == 1

    assert set(keyring.keys.named([made.key_ref, *receipt["key_refs"]])) == {made.key_ref}


@pytest.mark.engine
async def test_what_could_not_be_recorded_is_recorded_the_next_time(school: School) -> None:
    hold_id = school.hold()
    async with school.serving() as client:
        await school.erased(client)
    school.release(hold_id)

    school.journal.is_away = True
    with pytest.raises(UnreachableError):
        await school.night()
    school.journal.is_away = False
    assert await school.night() == 1

    assert school.journal.types().count("access.subject_keys_destroyed.v1") == 1


@pytest.mark.engine
async def test_keys_whose_week_is_over_stay_under_the_hold_and_go_with_it(school: School, keyring: Keyring) -> None:
    hold_id = school.hold()
    async with school.serving() as client:
        receipt = await school.erased(client)
    much_later_ms = NOW_MS + 90 * DAY_MS
    with session(school.store) as client_of_store:
        apply_retention(client_of_store, keyring.keys, catalogue(), much_later_ms)
        assert keyring.keys.restricted_of(N2, PUPIL) == tuple(receipt["key_refs"])
        school.release(hold_id)
        apply_retention(client_of_store, keyring.keys, catalogue(), much_later_ms)

    assert keyring.keys.restricted_of(N2, PUPIL) == ()
    assert await school.night() == 1


@pytest.mark.engine
async def test_while_nobody_knows_of_holds_nothing_is_destroyed(school: School, keyring: Keyring) -> None:
    school.holds = StoredHolds(lambda: school.store.model_copy(update={"port": 1}))
    async with school.serving() as client:
        _, request = await post(client, ERASURES, "principal", asked(N2))
        status, _ = await post(client, APPROVAL.replace("{erasure_id}", request["erasure_id"]), "bureau")

    assert (status, len(keyring.keys.weeks_of(N2, PUPIL))) == (503, 1)
    assert keyring.erasures.token_of(request["erasure_id"]) == PUPIL
