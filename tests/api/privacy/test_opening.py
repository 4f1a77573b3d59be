"""Staff open what is sealed of pupils: who may, by whose word, what is written down, and what they get."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.access.journal import Journal
from ingest.privacy.keyring import Keyring, open_keyring
from ingest.privacy.sealing import opened, sealed
from schemas.clock import DAY_MS, HOUR_MS, ManualClock
from schemas.identity import Password
from schemas.ids import EventTypeName, GrantId, PersonId
from schemas.registry import Access, Appointment, Centre, Grant, Role
from schemas.systems import catalogue
from streams.archive.settings import StoreSettings
from tests.api.access.remembered_journal import RememberedJournal
from tests.api.support.history import Past
from tests.api.support.people import ENCODED, PASSWORD, appointment, people, person, services, staffed, user
from tests.api.support.privacy_routes import OPENING, opening
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import BUS, CANTEEN, N1, N2, NOW_MS, S1, bearer

BOARDED = EventTypeName("school_bus.pupil.boarded.v1")
PUPIL, FRIEND = "p_8Zt3kQ1xW0aB", "p_somebody_else"
RIDE_MS = NOW_MS - 2 * HOUR_MS


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Keyring]:
    made = open_keyring(tmp_path / "keys.sqlite", tmp_path / "master")
    yield made
    made.close()


def grant(**changes: object) -> Grant:
    """Of a principal's, for the officer, as of an hour ago."""
    made = Grant(
        grant_id=GrantId("g-17"),
        person_id=PersonId("p-officer"),
        campus_ids=frozenset({N2}),
        systems=frozenset({BUS}),
        access=frozenset({Access.HISTORY}),
        purpose="incident 17",
        legal_basis="PIPL Art. 13(1)(4)",
        approver_id=PersonId("p-two"),
        valid_from_ms=NOW_MS - HOUR_MS,
        valid_to_ms=NOW_MS + HOUR_MS,
    )
    return made.model_copy(update=changes)


class Officer:
    """A campus's safety officer, signed in, with the grants that a test gives."""

    def __init__(self, client: Client, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    async def opens(self, campus_id: str = N2, **changes: Any) -> tuple[int, dict[str, Any]]:  # noqa: ANN401 — fields of the body
        return await ask(self.client, self.headers, campus_id, **changes)


async def ask(
    client: Client, headers: dict[str, str], campus_id: str = N2, **changes: object
) -> tuple[int, dict[str, Any]]:
    body = opening(campus_id, NOW_MS - DAY_MS, NOW_MS) | changes
    async with client.http.post(client.base + OPENING, json=body, headers=headers) as response:
        return response.status, await response.json()


@asynccontextmanager
async def office(
    directory: Path, keyring: Keyring, journal: Journal, *grants: Grant, store: StoreSettings | None = None
) -> AsyncIterator[Officer]:
    clock, identity, facts = ManualClock(NOW_MS), people(), staffed()
    post: Appointment = appointment("officer", Role.STAFF, f"campus:{N2}")
    facts.put(person("officer"))
    facts.put(post.model_copy(update={"centres": frozenset({Centre.SAFETY})}))
    for found in grants:
        facts.put(found)
    identity.put(user("officer"))
    identity.put(Password(user_id=user("officer").user_id, argon2=ENCODED, set_ms=0))
    made = services(directory, identity, clock)
    rig = Rig(facts=facts, clock=clock, identity=made, keyring=keyring, journal=journal, store=store or StoreSettings())
    rig.identity = replace(made, is_held=rig.hub.is_held)
    context = rig.context()
    async with serving(context) as client:
        async with client.http.post(
            f"{client.base}/v1/session", json={"login": "officer", "password": PASSWORD}
        ) as response:
            assert response.status == 201, await response.text()
            token = (await response.json())["token"]
        yield Officer(client, token)
    context.store.close()
    await made.close()


@pytest.mark.parametrize(
    "grants",
    [
        (),
        (grant(valid_to_ms=NOW_MS - 1),),
        (grant(systems=frozenset({CANTEEN})),),
        (grant(access=frozenset({Access.LIVE})),),
        (grant(campus_ids=frozenset({N1})),),
        (grant(person_id=PersonId("p-two")),),
    ],
    ids=["none", "over", "another system", "live alone", "another campus", "somebody else's"],
)
async def test_without_a_grant_in_force_an_officer_opens_nothing_and_is_told_whom_to_ask(
    tmp_path: Path, keyring: Keyring, grants: tuple[Grant, ...]
) -> None:
    journal = RememberedJournal()

    async with office(tmp_path, keyring, journal, *grants) as officer:
        status, problem = await officer.opens()
        foreign = await officer.opens(S1)

    assert (status, problem["code"], "/v1/grants" in problem["remedy"]) == (403, "CAMP-194", True)
    assert (foreign[0], journal.entries) == (404, [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"from_ms": NOW_MS}, "CAMP-604"),
        ({"from_ms": NOW_MS - DAY_MS - 1}, "CAMP-151"),
        ({"system": "canteen"}, "CAMP-604"),
        ({"purpose": "x"}, "CAMP-604"),
        ({"limit": 501}, "CAMP-604"),
        ({"pupil_token": PUPIL}, "CAMP-604"),
    ],
)
async def test_what_is_asked_too_widely_or_without_a_purpose_is_refused(
    tmp_path: Path, keyring: Keyring, changes: dict[str, Any], code: str
) -> None:
    async with office(tmp_path, keyring, RememberedJournal(), grant()) as officer:
        status, problem = await officer.opens(**changes)

    assert (status, problem["code"]) == (422, code)


async def test_nothing_is_opened_that_cannot_be_recorded(tmp_path: Path, keyring: Keyring) -> None:
    journal = RememberedJournal()
    journal.is_away = True

    async with office(tmp_path, keyring, journal, grant()) as officer:
        status, problem = await officer.opens()

    assert (status, problem["code"]) == (503, "CAMP-400")


def ridden(past: Past, keyring: Keyring, pupil: str, at_ms: int, bus: str = "bus-1") -> bytes:
    """As the gateway would have sealed it."""
    fields = catalogue()[BOARDED].pupil
    assert fields is not None
    data = {"trip_id": "t-1", "pupil_token": pupil, "stop_id": "s-07-03", "method": "card"}
    event = opened(past.event(N2, BOARDED, data, at_ms, subject=bus), fields, at_ms)
    return sealed(event, keyring.keys.ensure([event.subject]).keys[event.subject])


@pytest.mark.engine
async def test_an_officer_with_a_grant_sees_who_was_on_the_bus_and_the_record_says_so(
    tmp_path: Path, keyring: Keyring, database: StoreSettings
) -> None:
    past, journal = Past(database), RememberedJournal()
    archived = [ridden(past, keyring, PUPIL, RIDE_MS), ridden(past, keyring, FRIEND, RIDE_MS + 1, "bus-2")]
    past.archive([*archived, past.event(N2, "canteen.temp.sampled.v1", {"zone": "freezer", "temp_c": -9}, RIDE_MS)])

    async with office(tmp_path, keyring, journal, grant(), store=database) as officer:
        status, answer = await officer.opens()
        assert (status, len(answer["events"]), answer["has_more"]) == (200, 2, False)
        first, second = answer["events"]
        assert first["data"] == {"trip_id": "t-1", "pupil_token": PUPIL, "stop_id": "s-07-03", "method": "card"}
        assert (first["alias"][:2], first["subject"], first["occurred_ms"]) == ("a_", "bus-1", RIDE_MS)
        assert second["data"]["pupil_token"] == FRIEND
        one = (await officer.opens(limit=1))[1]
        assert ([found["id"] for found in one["events"]], one["has_more"]) == ([first["id"]], True)
        of_bus = (await officer.opens(subjects=["bus-2"]))[1]
        assert [found["id"] for found in of_bus["events"]] == [second["id"]]
        keyring.keys.destroy(N2, PUPIL, NOW_MS)
        after = (await officer.opens())[1]["events"]
        assert [found["data"] and found["data"]["pupil_token"] for found in after] == [None, FRIEND]
        principal = await ask(officer.client, bearer("principal"))
        assert principal == (200, principal[1] | {"events": after})

    entries = [entry for entry, _ in journal.entries]
    read, used = entries[:2]
    assert (used.type, used.data["grant_id"], used.data["kind"]) == ("access.grant_used.v1", "g-17", "pupil")
    assert (read.type, read.data["kind"], read.data["systems"]) == ("access.read.v1", "pupil", ["school_bus"])
    assert (read.subject, read.data["purpose"]) == ("p-officer", "a child may be left on the bus")
    assert [(entry.type, entry.data["role"]) for entry in entries[-3:]] == [
        ("access.read.v1", "staff"),
        ("access.grant_used.v1", "staff"),  # once
        ("access.read.v1", "principal"),  # who needs no grant
    ]
    assert len(entries) == 2 * 4 + 1
    assert PUPIL not in str(entries)
    for entry in entries:
        catalogue()[EventTypeName(entry.type)].data.model_validate(entry.data, strict=False)
