"""A look that only a grant makes possible is on record with the grant, once; a look by the matrix alone is not."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from api.access.entries import Actor, encode_entry
from api.access.grant_use import Use, use_entries, used_for_live, used_for_reading
from api.access.reading import Reading
from api.authority import Principal
from api.authority.principal import principal_of
from api.viewer import Viewer
from schemas.envelope import event_adapter
from schemas.errors import UnreachableError
from schemas.ids import CampusId, GrantId, PersonId, SystemName
from schemas.organisation import Organisation, StoredFact
from schemas.registry import Access, Grant, Mode, Role, ViewerCredential
from schemas.systems.access import ReadingKind
from tests.api.access.remembered_journal import RememberedJournal
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.sse import until
from tests.api.support.world import (
    BUS,
    CANTEEN,
    N2,
    N3,
    NORTH,
    NOW_MS,
    AlertMaker,
    bearer,
    campus_record,
    edge,
    organisation,
    viewer,
)

DESK = PersonId("p-desk")
LESSON = SystemName("lesson_ops")


def credential(role: Role = Role.SUPERVISOR, scope: str = f"consortium:{NORTH}") -> ViewerCredential:
    found = viewer("desk", role, scope)
    assert isinstance(found, ViewerCredential)
    return found.model_copy(update={"person_id": DESK})


def grant(*systems: SystemName, access: tuple[Access, ...] = (Access.LIVE, Access.HISTORY)) -> Grant:
    return Grant(
        grant_id=GrantId("g-1"),
        person_id=DESK,
        campus_ids=frozenset({N2}),
        systems=frozenset(systems),
        access=frozenset(access),
        purpose="核查午餐留样",
        legal_basis="食品安全法 Art. 110",
        approver_id=PersonId("p-n2"),
        valid_from_ms=NOW_MS - 10,
        valid_to_ms=NOW_MS + 10,
    )


def facts_with(*facts: StoredFact, mode: Mode = Mode.COOPERATIVE) -> Organisation:
    found = organisation()
    for fact in (edge(N2, NORTH).model_copy(update={"mode": mode}), *facts):
        found.put(fact)
    return found


def reading(*systems: SystemName, kind: ReadingKind = "history", campus_id: CampusId = N2) -> Reading:
    return Reading(kind, (campus_id,), systems, NOW_MS - 5000, NOW_MS, "核查")


WHO = principal_of(credential())
USED = frozenset({Use(N2, GrantId("g-1"))})


def used(facts: Organisation, look: Reading, who: Principal = WHO, at_ms: int = NOW_MS) -> frozenset[Use]:
    return used_for_reading(who, facts, look, at_ms)


def test_grant_that_opens_what_the_mode_shuts_is_used_while_it_holds() -> None:
    facts = facts_with(grant(CANTEEN))
    assert used(facts, reading(CANTEEN)) == USED
    assert used(facts, reading(CANTEEN, LESSON)) == USED
    assert used(facts, reading(CANTEEN), at_ms=NOW_MS + 10) == frozenset()
    assert used(facts, reading(BUS)) == frozenset()
    assert used(facts, reading(CANTEEN, campus_id=N3)) == frozenset()
    assert used(facts, reading(CANTEEN), replace(WHO, person_id=None)) == frozenset()


def test_grant_that_adds_nothing_to_the_matrix_is_not_used() -> None:
    facts = facts_with(grant(CANTEEN), mode=Mode.FUSION)
    assert used(facts, reading(CANTEEN)) == frozenset()
    assert used_for_live(WHO, facts, [N2], None, NOW_MS) == frozenset()


def test_grant_is_used_for_what_speaks_of_a_child_where_the_matrix_shows_the_rest() -> None:
    facts = facts_with(grant(BUS), mode=Mode.FUSION)
    assert used(facts, reading(BUS)) == frozenset()
    assert used(facts, reading(BUS, kind="pupil")) == USED
    assert used(facts, reading(BUS, kind="export")) == USED


def test_counts_by_a_grant_are_looks_by_it() -> None:
    facts = facts_with(grant(CANTEEN, access=(Access.AGGREGATE,)))
    assert used(facts, reading(CANTEEN)) == USED
    assert used_for_live(WHO, facts, [N2], None, NOW_MS) == frozenset()


def test_auditor_has_proofs_by_office_and_content_by_grant() -> None:
    facts, auditor = facts_with(grant(CANTEEN)), principal_of(credential(Role.AUDITOR, "area:4201"))
    assert used(facts, reading(CANTEEN, kind="proof"), auditor) == frozenset()
    assert used(facts, reading(CANTEEN), auditor) == USED


def test_live_sight_names_the_grants_behind_it() -> None:
    facts = facts_with(grant(CANTEEN))
    assert used_for_live(WHO, facts, [N2, N3], None, NOW_MS) == USED
    assert used_for_live(WHO, facts, [N2], [CANTEEN], NOW_MS) == USED
    assert used_for_live(WHO, facts, [N2], [BUS], NOW_MS) == frozenset()
    assert used_for_live(WHO, facts, [N3], None, NOW_MS) == frozenset()
    assert used_for_live(WHO, facts, [N2], None, NOW_MS + 10) == frozenset()


def test_entry_of_a_use_is_valid_by_the_contract() -> None:
    (entry,) = use_entries(USED, "live", Actor(DESK, Role.SUPERVISOR))
    event = event_adapter().validate_json(encode_entry(entry, "e-1", NOW_MS))
    assert (event.campusid, event.data.grant_id, event.data.kind) == (N2, "g-1", "live")


@pytest.fixture
def journal() -> RememberedJournal:
    return RememberedJournal()


@pytest.fixture
def rig(journal: RememberedJournal) -> Rig:
    found = Rig(facts=facts_with(credential(), grant(CANTEEN)), journal=journal)
    for campus_id in (N2, N3):
        found.state(campus_record(campus_id, CANTEEN, 7))
        found.alert(AlertMaker(campus_id).record(1, severity=3))
    return found


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[Client]:
    async with serving(rig.context()) as found:
        yield found


def uses_in(journal: RememberedJournal) -> list[tuple[str, str, str]]:
    entries = [entry for entry, _ in journal.entries if entry.type == "access.grant_used.v1"]
    return [(entry.campus_id, entry.data["grant_id"], entry.data["kind"]) for entry in entries]


ONCE = [(N2, "g-1", "live")]


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/campuses/{N2}",
        f"/v1/campuses/{N2}/systems/{CANTEEN}",
        f"/v1/consortia/{NORTH}/live",
        "/v1/consortia",
        f"/v1/alerts?campus={N2}",
    ],
)
async def test_every_live_route_records_the_grant_once_or_answers_nothing(
    client: Client, journal: RememberedJournal, path: str
) -> None:
    async with client.http.get(client.base + path, headers=bearer("desk")) as response:
        assert response.status == 200
    assert uses_in(journal) == ONCE
    async with client.http.get(client.base + path, headers=bearer("supervisor")) as response:
        assert response.status == (404 if CANTEEN in path else 200)
    assert uses_in(journal) == ONCE
    journal.is_away = True
    async with client.http.get(client.base + path, headers=bearer("desk")) as response:
        assert response.status == 503


async def test_stream_records_its_grant_once_and_one_that_comes_later_before_it_shows_it(
    rig: Rig, client: Client, journal: RememberedJournal
) -> None:
    rig.facts.apply("grant/g-1", None)
    async with client.stream(bearer("desk"), f"?scope=campus:{N2}") as reader:
        assert "campus" not in [event.name for event in await until(reader, "live")]
        assert uses_in(journal) == []
        rig.facts.put(grant(CANTEEN))
        assert "campus" in [event.name for event in await until(reader, "live")]
        assert uses_in(journal) == ONCE
        rig.facts.put(grant(CANTEEN, LESSON))
        await until(reader, "live")
    assert uses_in(journal) == ONCE


async def test_stream_ends_where_a_grant_cannot_be_recorded(
    rig: Rig, client: Client, journal: RememberedJournal
) -> None:
    rig.facts.apply("grant/g-1", None)
    journal.is_away = True
    async with client.stream(bearer("desk"), f"?scope=campus:{N2}") as reader:
        await until(reader, "live")
        rig.facts.put(grant(CANTEEN))
        events = await until(reader, "goodbye")
    assert "campus" not in [event.name for event in events]
    assert events[-1].data["reason"] == "unrecorded"


async def test_look_at_the_past_by_a_grant_is_one_write_of_both_and_only_once(
    rig: Rig, journal: RememberedJournal
) -> None:
    viewing = Viewer(WHO, rig.context(), NOW_MS)
    await viewing.record(reading(CANTEEN))
    await viewing.record(reading(CANTEEN, kind="export"))
    assert journal.types() == ["access.read.v1", "access.grant_used.v1", "access.read.v1"]
    await Viewer(WHO, rig.context(), NOW_MS).record(reading(CANTEEN))
    assert uses_in(journal) == [(N2, "g-1", "history")] * 2
    journal.is_away = True
    with pytest.raises(UnreachableError):
        await Viewer(WHO, rig.context(), NOW_MS).record(reading(CANTEEN))
