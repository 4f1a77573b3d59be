"""How a grant comes to be: pure rules first, then over the real log, down to an open stream."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from api.authority.errors import GrantRefusedError, PersonNeededError
from api.authority.granting import EMERGENCY_MS, LONGEST_MS, Wish, approved, ended, may_end, may_see, taken
from api.authority.principal import principal_of
from api.registry_writer import LogFacts, NoFacts
from deploy.registry_feed import RegistryFeed
from schemas.clock import HOUR_MS
from schemas.errors import UnreachableError
from schemas.ids import AppointmentId, GrantId, PersonId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Access, Appointment, Grant, Mode, Person, Role, ViewerCredential
from tests.api.access.remembered_journal import RememberedJournal
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.sse import until
from tests.api.support.waiting import eventually
from tests.api.support.world import CANTEEN, N2, N3, NORTH, NOW_MS, S1, AlertMaker, bearer, campus_record, edge, viewer

DESK, HEAD_OF_N2 = PersonId("p-desk"), PersonId("p-n2")


def personal(name: str, role: Role, scope: str, person_id: PersonId) -> ViewerCredential:
    found = viewer(name, role, scope)
    assert isinstance(found, ViewerCredential)
    return found.model_copy(update={"person_id": person_id})


SUPERVISOR = personal("desk", Role.SUPERVISOR, f"consortium:{NORTH}", DESK)
PRINCIPAL = personal("n2", Role.PRINCIPAL, f"campus:{N2}", HEAD_OF_N2)


def appointment(until_ms: int | None = None) -> Appointment:
    return Appointment(
        appointment_id=AppointmentId("a-desk"),
        person_id=DESK,
        role=Role.SUPERVISOR,
        scope=frozenset({f"consortium:{NORTH}"}),
        valid_from_ms=0,
        valid_to_ms=until_ms,
    )


def add_people(facts: Organisation) -> None:
    facts.put(edge(N2, NORTH).model_copy(update={"mode": Mode.COOPERATIVE}))
    for fact in (
        Person(person_id=DESK, name="督导"),
        Person(person_id=HEAD_OF_N2, name="执行校长"),
        appointment(),
        SUPERVISOR,
        PRINCIPAL,
    ):
        facts.put(fact)


@pytest.fixture
def rig() -> Rig:
    found = Rig()
    add_people(found.facts)
    return found


@pytest.fixture
def facts(rig: Rig) -> Organisation:
    return rig.facts


def wish(**changes: Any) -> Wish:  # noqa: ANN401 — any part of a wish
    parts: dict[str, Any] = {
        "person_id": DESK,
        "campus_ids": frozenset({N2}),
        "systems": frozenset({CANTEEN}),
        "access": frozenset({Access.LIVE}),
        "purpose": "核查午餐留样",
        "legal_basis": "食品安全法 Art. 110",
        "length_ms": HOUR_MS,
    }
    return Wish(**(parts | changes))


def give(facts: Organisation, asked: Wish, by: ViewerCredential = PRINCIPAL) -> Grant:
    return approved(asked, principal_of(by), facts, GrantId("g-1"), NOW_MS)


def test_principal_gives_a_supervisor_an_hour_of_the_kitchen(facts: Organisation) -> None:
    grant = give(facts, wish())
    assert (grant.approver_id, grant.person_id, grant.is_emergency) == (HEAD_OF_N2, DESK, False)
    assert (grant.valid_from_ms, grant.valid_to_ms) == (NOW_MS, NOW_MS + HOUR_MS)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"person_id": HEAD_OF_N2}, "themselves"),
        ({"person_id": PersonId("p-none")}, "no such person"),
        ({"systems": frozenset({SystemName("swimming_pool")})}, "swimming_pool"),
        ({"access": frozenset({Access.COMMAND})}, "command"),
        ({"length_ms": LONGEST_MS + 1}, "30 days"),
        ({"length_ms": 0}, "30 days"),
        ({"campus_ids": frozenset({N2, N3})}, "n-3"),
        ({"campus_ids": frozenset({S1})}, "no appointment"),
    ],
)
def test_grant_that_reaches_too_far_is_refused_in_words(
    facts: Organisation, changes: dict[str, Any], word: str
) -> None:
    with pytest.raises(GrantRefusedError) as refused:
        give(facts, wish(**changes))
    assert word in refused.value.cause


def test_grant_outlives_neither_membership_nor_appointment(facts: Organisation) -> None:
    facts.put(edge(N2, NORTH, until_ms=NOW_MS + HOUR_MS))
    assert give(facts, wish()).valid_to_ms == NOW_MS + HOUR_MS
    with pytest.raises(GrantRefusedError):
        give(facts, wish(length_ms=HOUR_MS + 1))
    facts.put(appointment(until_ms=NOW_MS + HOUR_MS - 1))
    with pytest.raises(GrantRefusedError):
        give(facts, wish())


def test_head_approves_for_fused_members_only(facts: Organisation) -> None:
    head = personal("boss", Role.HEAD, f"consortium:{NORTH}", PersonId("p-head"))
    assert give(facts, wish(campus_ids=frozenset({N3})), head).approver_id == "p-head"
    with pytest.raises(GrantRefusedError):
        give(facts, wish(), head)


def test_program_neither_approves_nor_breaks_the_glass(facts: Organisation) -> None:
    program = PRINCIPAL.model_copy(update={"person_id": None})
    with pytest.raises(PersonNeededError):
        give(facts, wish(), program)
    with pytest.raises(PersonNeededError):
        taken(wish(), principal_of(program), GrantId("g-1"), NOW_MS)


def test_ended_grant_was_in_force_until_then(facts: Organisation) -> None:
    grant = give(facts, wish())
    over = ended(grant, NOW_MS + 5)
    assert (over.holds_at(NOW_MS + 4), over.holds_at(NOW_MS + 5)) == (True, False)
    assert ended(over, NOW_MS + 50) == over
    assert not ended(grant, NOW_MS - 5).holds_at(NOW_MS)


@pytest.mark.parametrize(
    ("who", "ends", "sees"),
    [
        (PRINCIPAL, True, True),
        (SUPERVISOR, True, True),
        (viewer("b", Role.BUREAU, "area:4201"), True, True),
        (viewer("b", Role.BUREAU, "area:4202"), False, False),
        (viewer("a", Role.AUDITOR, "area:4201"), False, True),
        (viewer("s", Role.SUPERVISOR, f"consortium:{NORTH}"), False, False),
        (viewer("p", Role.PRINCIPAL, f"campus:{N3}"), False, False),
    ],
)
def test_who_may_see_and_end_a_grant(facts: Organisation, who: ViewerCredential, *, ends: bool, sees: bool) -> None:
    grant, principal = give(facts, wish()), principal_of(who)
    assert may_end(principal, grant, facts, NOW_MS) == ends
    assert may_see(principal, grant, facts, NOW_MS) == sees


async def test_nothing_is_given_that_the_log_did_not_take(rig: Rig) -> None:
    for writer in (NoFacts(), LogFacts("127.0.0.1:1", prefix="")):
        with pytest.raises(UnreachableError):
            await writer.write([give(rig.facts, wish())])


Post = Callable[..., Any]
ORDER = {
    "person_id": DESK,
    "campus_ids": [N2],
    "systems": [CANTEEN],
    "access": ["live"],
    "purpose": "核查午餐留样",
    "legal_basis": "食品安全法 Art. 110",
    "minutes": 60,
}
GLASS = {"campus_id": N2, "systems": [CANTEEN], "purpose": "疑似食物中毒"}


@asynccontextmanager
async def over_the_log(rig: Rig, bootstrap: str, prefix: str) -> AsyncIterator[Client]:
    """The API whose facts go to the real log and come back from it."""
    writer = LogFacts(bootstrap, prefix=prefix)
    rig.registry = writer
    feed = RegistryFeed(bootstrap, rig.facts, prefix)
    tasks = [asyncio.create_task(writer.run()), asyncio.create_task(feed.run())]
    try:
        await eventually(lambda: writer.is_connected and feed.is_caught_up())
        async with serving(rig.context()) as client:
            yield client
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ask(client: Client, method: str, path: str, who: str, body: object = None) -> tuple[int, Any]:
    async with client.http.request(method, client.base + path, headers=bearer(who), json=body) as response:
        return response.status, await response.json()


@pytest.mark.engine
async def test_grant_opens_a_stream_and_its_end_silences_it_within_a_second(
    rig: Rig, kafka_bootstrap: str, prefix: str
) -> None:
    rig.journal = RememberedJournal()
    async with over_the_log(rig, kafka_bootstrap, prefix) as client:
        async with client.stream(bearer("desk"), f"?scope=campus:{N2}") as reader:
            await until(reader, "live")
            status, grant = await ask(client, "POST", "/v1/grants", "n2", ORDER)
            assert status == 201
            await until(reader, "live")
            rig.state(campus_record(N2, CANTEEN, 7))
            assert (await until(reader, "campus"))[-1].data["counts"] == {"n": 7}
            status, over = await ask(client, "DELETE", f"/v1/grants/{grant['grant_id']}", "n2")
            assert (status, over["valid_to_ms"]) == (200, NOW_MS)
            assert "campus" not in [event.name for event in await until(reader, "live")]
        assert (await ask(client, "GET", "/v1/grants", "n2"))[1]["grants"] == [over]
        assert (await ask(client, "GET", "/v1/grants", "bureau"))[1]["grants"] == [over]
        assert (await ask(client, "GET", "/v1/grants", "supervisor"))[1]["grants"] == []


@pytest.mark.engine
async def test_glass_breaks_during_a_red_alert_only_and_the_county_is_told_first(
    rig: Rig, kafka_bootstrap: str, prefix: str
) -> None:
    journal = RememberedJournal()
    rig.journal = journal
    async with over_the_log(rig, kafka_bootstrap, prefix) as client:
        rig.alert(AlertMaker(N2).record(1, severity=2))
        status, problem = await ask(client, "POST", "/v1/grants/emergency", "desk", GLASS)
        assert (status, problem["code"], journal.entries) == (409, "CAMP-114", [])
        rig.alert(AlertMaker(N2, offset=1).record(2, severity=1))
        status, grant = await ask(client, "POST", "/v1/grants/emergency", "desk", GLASS)
        assert (status, grant["is_emergency"]) == (201, True)
        assert grant["valid_to_ms"] - grant["valid_from_ms"] == EMERGENCY_MS
        assert [(entry.type, entry.campus_id) for entry, _ in journal.entries] == [("access.emergency_taken.v1", N2)]
        await eventually(lambda: GrantId(grant["grant_id"]) in rig.facts.grants)
        status, found = await ask(client, "GET", f"/v1/campuses/{N2}/systems/{CANTEEN}", "desk")
        assert (status, found["line"]["system"]) == (200, CANTEEN)


@pytest.mark.engine
async def test_bureau_applies_facts_of_its_county_and_streams_follow(
    rig: Rig, kafka_bootstrap: str, prefix: str
) -> None:
    fused = edge(N2, NORTH).model_dump(mode="json")
    async with over_the_log(rig, kafka_bootstrap, prefix) as client:
        status, plan = await ask(client, "POST", "/v1/organisation/facts?dry_run=true", "bureau", [fused])
        assert (status, plan["changed"], plan["is_dry_run"]) == (200, [f"membership/m-{N2}-{NORTH}"], True)
        assert rig.facts.members(NORTH, NOW_MS)[N2].mode is Mode.COOPERATIVE
        async with client.stream(bearer("desk"), f"?scope=campus:{N2}") as reader:
            await until(reader, "live")
            assert (await ask(client, "POST", "/v1/organisation/facts", "bureau", [fused]))[0] == 200
            await until(reader, "live")
        assert rig.facts.members(NORTH, NOW_MS)[N2].mode is Mode.FUSION
        foreign = edge(S1, NORTH).model_dump(mode="json")
        status, problem = await ask(client, "POST", "/v1/organisation/facts", "bureau", [fused, foreign])
        assert (status, problem["code"]) == (403, "CAMP-116")
