"""Every no of the authority is counted by its rule, and no label says whom or where."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schemas.clock import HOUR_MS
from schemas.ids import GrantId, PersonId
from schemas.metrics import API_DENIED, Meter, Metric, NullMeter
from schemas.registry import Access, Grant
from tests.api.access.remembered_journal import RememberedJournal
from tests.api.guardian.household import household
from tests.api.support.counting import CountingMeter
from tests.api.support.people import town
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import CANTEEN, N2, NORTH, NOW_MS, S1, S2, SOUTH, bearer, campus_record


class Counting(NullMeter):
    """Remembers counts by metric and labels."""

    def __init__(self) -> None:
        self.denied: Counter[str] = Counter()

    def count(self, metric: Metric, amount: float = 1, *labels: str) -> None:
        if metric is API_DENIED:
            (rule,) = labels
            self.denied[rule] += int(amount)


@pytest.fixture
def meter() -> Counting:
    return Counting()


@pytest.fixture
def rig(meter: Counting) -> Rig:
    found = Rig(meter=meter, journal=RememberedJournal())
    found.state(campus_record(N2, CANTEEN, 7))
    return found


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[Client]:
    async with serving(rig.context()) as found:
        yield found


GRANT = Grant(
    grant_id=GrantId("g-south"),
    person_id=PersonId("p-somebody"),
    campus_ids=frozenset({S1, S2}),
    systems=frozenset({CANTEEN}),
    access=frozenset({Access.LIVE}),
    purpose="核查午餐留样",
    legal_basis="食品安全法 Art. 110",
    approver_id=PersonId("p-other"),
    valid_from_ms=0,
    valid_to_ms=NOW_MS + HOUR_MS,
)
HISTORY = "/v1/history/events?type=canteen.temp.sampled.v1&from_ms=1795564800000&to_ms=1795651200000&scope="


@pytest.mark.parametrize(
    ("path", "who", "status", "rule"),
    [
        (f"/v1/campuses/{S1}", "supervisor", 404, "supervisor/campus.read/member_of_scoped_consortium"),
        ("/v1/campuses/no-such", "supervisor", 404, "supervisor/campus.read/member_of_scoped_consortium"),
        (f"/v1/campuses/{N2}", "operator", 403, "operator/content.list/deny_by_default"),
        (f"/v1/campuses/{N2}/systems/{CANTEEN}", "area_lead", 404, "area_lead/*/aggregate/denied"),
        (f"/v1/campuses/{N2}/systems/nothing", "area_lead", 404, "area_lead/*/aggregate/denied"),
        (f"/v1/consortia/{SOUTH}/live", "supervisor", 404, "supervisor/consortium.read/scoped_consortium"),
        ("/v1/access", "supervisor", 403, "supervisor/access_record/deny_by_default"),
        (f"{HISTORY}campus:{S1}", "supervisor", 404, "supervisor/history/nothing_to_read"),
        (f"{HISTORY}area:42", "bureau", 404, "bureau/area.read/area_in_scope"),
        (f"{HISTORY}campus:no-such", "supervisor", 404, "supervisor/campus.read/member_of_scoped_consortium"),
        (f"/v1/access?campus={S1}", "bureau", 404, "bureau/access_record/not_visible"),
        ("/v1/access?campus=no-such", "bureau", 404, "bureau/access_record/not_visible"),
        (f"/v1/past/consortia/{SOUTH}?at=1795564800000", "head", 404, "head/consortium.read/scoped_consortium"),
        ("/v1/replays/no-such", "auditor", 404, "auditor/replay/not_the_maker"),
        ("/v1/live?scope=campus:s-1", "bureau", 404, "bureau/stream/nothing_to_show"),
        ("/v1/consortia", "nobody", 401, "CAMP-601"),
    ],
)
async def test_each_no_is_counted_by_its_rule(
    client: Client, meter: Counting, *, path: str, who: str, status: int, rule: str
) -> None:
    async with client.http.get(client.base + path, headers=bearer(who)) as response:
        assert response.status == status
    assert meter.denied[rule] == 1
    assert not any(name in label for label in meter.denied for name in (N2, S1, NORTH, SOUTH, "no-such", "nothing/"))


@pytest.mark.parametrize("grant", ["g-south", "no-such"])
async def test_a_grant_that_somebody_may_not_end_is_counted_and_noted_for_its_campuses(
    rig: Rig, meter: Counting, grant: str
) -> None:
    rig.facts.put(GRANT)
    context, journal = rig.context(), RememberedJournal()
    async with serving(context) as client:
        headers = bearer("principal")
        async with client.http.delete(f"{client.base}/v1/grants/{grant}", headers=headers) as response:
            assert response.status == 404
    assert meter.denied == {"principal/grant.end/not_concerned": 1}
    await context.refusals.write(journal, NOW_MS)
    assert {entry.campus_id for entry, _ in journal.entries} == (GRANT.campus_ids if grant == "g-south" else set())


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        (f"/v1/campuses/{N2}/invitations/no-such", "principal/invitation/not_of_this_campus"),
        (f"/v1/campuses/{N2}/guardians/no-such", "principal/guardianship/not_of_this_campus"),
    ],
)
async def test_what_another_school_handed_out_is_counted(
    client: Client, meter: Counting, *, path: str, rule: str
) -> None:
    async with client.http.delete(client.base + path, headers=bearer("principal")) as response:
        assert response.status == 404
    assert meter.denied == {rule: 1}


async def test_a_no_to_a_guardian_is_counted(tmp_path: Path) -> None:
    async with household(tmp_path) as home:
        (child, who), (other, _) = await home.guardian_of(1), await home.guardian_of(2)
        assert (await home.ask("GET", f"/v1/guardian/children/{other}/run", headers=who))[0] == 404
        assert (await home.ask("DELETE", f"/v1/guardian/children/{child}/shares/no-such", headers=who))[0] == 404
        counted = denials(home.rig.meter)
    assert counted == {"guardian/child/not_of_this_session": 1, "guardian/share/not_of_this_child": 1}


async def test_a_no_to_who_is_signed_in_is_counted(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        token = await place.sign_in("south")
        assert (await place.ask("POST", "/v1/users/u-head/reset", token=token))[0] == 404
        assert (await place.ask("DELETE", "/v1/tokens/no-such", token=token))[0] == 404
        counted = denials(place.rig.meter)
    assert counted == {"user/manage/not_in_area": 1, "user/token.revoke/not_own": 1}


def denials(meter: Meter) -> dict[str, int]:
    """The counts of nos by rule."""
    assert isinstance(meter, CountingMeter)
    return {labels[0]: count for (name, labels), count in meter.counts.items() if name == API_DENIED.name}


async def test_what_is_allowed_counts_nothing(client: Client, meter: Counting) -> None:
    for path in ("/v1/consortia", f"/v1/campuses/{N2}", "/v1/alerts", f"/v1/consortia/{NORTH}/live"):
        async with client.http.get(client.base + path, headers=bearer("supervisor")) as response:
            assert response.status == 200
    assert meter.denied == Counter()


async def test_a_no_is_noted_for_the_campus_that_it_protects_and_for_none_that_does_not_exist(rig: Rig) -> None:
    context, journal = rig.context(), RememberedJournal()
    async with serving(context) as client:
        for path in (f"/v1/campuses/{S1}", "/v1/campuses/no-such", f"/v1/campuses/{N2}/systems/nothing"):
            async with client.http.get(client.base + path, headers=bearer("area_lead")) as response:
                assert response.status == 404
    await context.refusals.write(journal, NOW_MS)
    assert [(entry.campus_id, entry.data["refusals"]) for entry, _ in journal.entries] == [(S1, 1), (N2, 1)]
