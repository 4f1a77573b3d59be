"""A guardian's copy of what is kept of the own child: whole, opened, on record, and of nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.privacy.keyring import Keyring, open_keyring
from ingest.privacy.sealing import opened, sealed
from schemas.clock import DAY_MS
from schemas.ids import EventTypeName
from schemas.systems import catalogue
from streams.archive.settings import StoreSettings
from tests.api.guardian.family import CAMPUS, NAMES
from tests.api.guardian.household import household
from tests.api.support.history import Past
from tests.streams.systems.driving import local

BOARDED, ALIGHTED = "school_bus.pupil.boarded.v1", "school_bus.pupil.alighted.v1"


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Keyring]:
    made = open_keyring(tmp_path / "keys.sqlite", tmp_path / "master")
    yield made
    made.close()


def ridden(past: Past, keyring: Keyring, number: int, type_name: str, at_ms: int, *, campus_id: str = CAMPUS) -> bytes:
    """As the gateway would have sealed it."""
    fields = catalogue()[EventTypeName(type_name)].pupil
    assert fields is not None
    data = {"trip_id": "t-1", "pupil_token": NAMES[f"ch-{number}"], "stop_id": f"s-{number}", "method": "card"}
    event = opened(past.event(campus_id, type_name, data, at_ms, subject="bus-1"), fields, at_ms)
    return sealed(event, keyring.keys.ensure([event.subject]).keys[event.subject])


@pytest.mark.engine
async def test_a_guardian_gets_what_is_kept_of_the_own_child_and_of_nobody_else(
    tmp_path: Path, keyring: Keyring, database: StoreSettings
) -> None:
    past = Past(database)
    async with household(tmp_path, keyring, database) as home:
        home.clock.instant_ms = local(6) - 5 * DAY_MS
        child, who = await home.guardian_of(1)
        home.clock.instant_ms = local(9)
        past.archive(
            [
                ridden(past, keyring, 1, BOARDED, local(6, 40) - 6 * DAY_MS),  # before the guardianship
                ridden(past, keyring, 1, BOARDED, local(6, 40) - DAY_MS),
                ridden(past, keyring, 1, ALIGHTED, local(7, 6) - DAY_MS),
                ridden(past, keyring, 1, BOARDED, local(6, 40)),
                ridden(past, keyring, 2, BOARDED, local(6, 45)),
                ridden(past, keyring, 1, BOARDED, local(6, 41), campus_id="n-3"),
            ]
        )
        path = f"/v1/guardian/children/{child}/copy"

        status, answer = await home.ask("GET", path, headers=who)
        entry = home.journal.entries[-1][0]
        assert (await home.ask("DELETE", f"/v1/guardian/children/{child}/consent", headers=who))[0] == 204
        later = await home.ask("GET", path, headers=who)
        keyring.keys.destroy(CAMPUS, NAMES["ch-1"], local(9))
        erased = await home.ask("GET", path, headers=who)

    assert status == 200
    seen = [(found["type"], found["occurred_ms"], found["data"]) for found in answer["events"]]
    data = {"trip_id": "t-1", "stop_id": "s-1", "method": "card"}
    assert seen == [
        (BOARDED, local(6, 40) - DAY_MS, data),
        (ALIGHTED, local(7, 6) - DAY_MS, data),
        (BOARDED, local(6, 40), data),
    ]
    assert (answer["consent"]["is_given"], answer["runs"][0]["stop_id"]) == (True, "s-2")
    assert (answer["to_ms"] - answer["from_ms"], answer["guardian_since_ms"]) == (
        5 * DAY_MS + local(9) - local(6) + 1,
        local(6) - 5 * DAY_MS,
    )
    assert all(name not in str(answer) for name in NAMES.values())
    assert (entry.type, entry.data["kind"], entry.data["role"]) == ("access.read.v1", "pupil", "guardian")
    assert (later[0], later[1]["consent"]["is_given"], later[1]["events"]) == (200, False, answer["events"])
    assert (erased[0], erased[1]["events"]) == (200, [])


async def test_a_copy_is_the_guardian_s_alone_and_never_unrecorded(tmp_path: Path, keyring: Keyring) -> None:
    async with household(tmp_path, keyring) as home:
        child, who = await home.guardian_of(1)
        other, _ = await home.guardian_of(2)
        path = f"/v1/guardian/children/{child}"
        _, opened_share = await home.ask("POST", f"{path}/shares", {}, headers=who)
        _, answer = await home.ask("POST", "/v1/share/exchange", {"code": opened_share["code"]})
        watcher = {"Authorization": f"Bearer {answer['token']}"}

        foreign = await home.ask("GET", f"/v1/guardian/children/{other}/copy", headers=who)
        shared = await home.ask("GET", f"{path}/copy", headers=watcher)
        home.journal.is_away = True
        unrecorded = await home.ask("GET", f"{path}/copy", headers=who)

    assert foreign[0] == 404
    assert (shared[0], shared[1]["code"]) == (403, "CAMP-143")
    assert (unrecorded[0], unrecorded[1]["code"]) == (503, "CAMP-400")


async def test_without_keys_a_copy_is_not_pretended(tmp_path: Path) -> None:
    async with household(tmp_path) as home:
        child, who = await home.guardian_of(1)

        status, problem = await home.ask("GET", f"/v1/guardian/children/{child}/copy", headers=who)

    assert (status, problem["code"]) == (503, "CAMP-190")
