"""Reading the archive is allowed so often a minute to each person or program; what lies in memory is not counted."""

from dataclasses import replace

import pytest

from api.identity.rate import Rate
from api.identity.services import IdentityServices
from schemas.metrics import API_HELD_BACK
from tests.api.support.counting import CountingMeter
from tests.api.support.serving import Rig, serving
from tests.api.support.world import N2, NOW_MS, bearer

PER_MIN = 3
COSTLY = [
    "/v1/history/events",
    "/v1/history/aggregates",
    "/v1/history/trips",
    "/v1/history/tracks",
    "/v1/history/alerts",
    "/v1/exports",
    "/v1/logbook",
    f"/v1/past/campuses/{N2}",
    "/v1/past/consortia/k-north",
    f"/v1/past/subjects/{N2}/canteen/freezer",
    "/v1/past/difference",
    "/v1/past/skew",
    "/v1/proof/heads",
    "/v1/proof/consistency",
    "/v1/replays/none/stream",
]


class Watch:
    """A monotonic clock that is set."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def rig(watch: Watch, meter: CountingMeter) -> Rig:
    identity = replace(IdentityServices.none(), costly=Rate(PER_MIN), now_s=watch)
    return Rig(meter=meter, identity=identity)


@pytest.mark.parametrize("path", COSTLY)
async def test_allowance_that_is_spent_is_said_with_when_to_come_back(path: str) -> None:
    watch, meter = Watch(), CountingMeter()
    async with serving(rig(watch, meter).context()) as client:

        async def ask(who: str = "bureau", asked: str = path) -> tuple[int, str | None]:
            async with client.http.get(client.base + asked, headers=bearer(who)) as response:
                return response.status, response.headers.get("Retry-After")

        answers = [await ask() for _ in range(PER_MIN)]
        assert 429 not in [status for status, _ in answers]
        assert await ask() == (429, "20")
        assert meter.counts[API_HELD_BACK.name, ("allowance",)] == 1
        assert (await ask("supervisor"))[0] != 429
        assert (await ask(asked=f"/v1/campuses/{N2}"))[0] == 200
        watch.now_s += 20
        assert (await ask())[0] != 429
        assert (await ask())[0] == 429


async def test_refusal_says_what_to_do() -> None:
    async with serving(rig(Watch(), CountingMeter()).context()) as client:
        for _ in range(PER_MIN + 1):
            async with client.http.get(
                f"{client.base}/v1/past/campuses/{N2}?at={NOW_MS - 1}", headers=bearer("bureau")
            ) as response:
                problem = await response.json(content_type=None)
    assert (problem["code"], problem["status"]) == ("CAMP-608", 429)
    assert "20 s" in problem["remedy"]
