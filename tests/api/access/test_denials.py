"""Every no of the authority is counted by its rule, and no label says whom or where."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from schemas.metrics import API_DENIED, Metric, NullMeter
from tests.api.access.remembered_journal import RememberedJournal
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import CANTEEN, N2, NORTH, NOW_MS, S1, SOUTH, bearer, campus_record


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
