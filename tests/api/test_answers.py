"""What the routes answer: documents passed on, pages, problems, and bad input of every kind."""

from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from deploy.meter import PrometheusMeter
from schemas.alerts import AlertState
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import (
    BUS,
    CANTEEN,
    N1,
    N2,
    N3,
    NORTH,
    NOW_MS,
    S1,
    AlertMaker,
    bearer,
    campus_record,
)

SUPERVISOR = bearer("supervisor")


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[Client]:
    async with serving(rig.context()) as found:
        yield found


async def get(client: Client, path: str, status: int = 200) -> dict:  # type: ignore[type-arg]
    async with client.http.get(client.base + path, headers=SUPERVISOR) as response:
        assert response.status == status, await response.text()
        found: dict[str, object] = await response.json(content_type=None)
        return found


async def test_campus_shows_each_status_as_it_was_written_but_never_the_keeper(rig: Rig, client: Client) -> None:
    rig.state(campus_record(N1, CANTEEN, 7))
    found = await get(client, f"/v1/campuses/{N1}")
    assert found["statuses"]["canteen"]["state"] == {"freezer_c": -18}
    assert found["statuses"]["canteen"]["counts"] == {"n": 7}
    assert [shown["system"] for shown in found["campus"]["systems"]] == [BUS, CANTEEN]
    assert "keeper" not in str(found)
    assert "due_ms" not in str(found)


async def test_installed_system_without_data_is_shown_as_such(client: Client) -> None:
    found = await get(client, f"/v1/campuses/{N1}/systems/{BUS}")
    assert (found["line"]["condition"], found["status"]) == ("no_data", None)


async def test_lists_hold_the_visible_part(rig: Rig, client: Client) -> None:
    rig.alert(AlertMaker(S1).record(1))
    assert [found["consortium_id"] for found in (await get(client, "/v1/consortia"))["consortia"]] == [NORTH]
    assert (await get(client, "/v1/alerts"))["alerts"] == []
    live = await get(client, f"/v1/consortia/{NORTH}/live")
    assert {found["campus_id"] for found in live["campuses"]} == {N1, N2, N3}


async def test_rule_book_gives_words_and_source(client: Client) -> None:
    rule = (await get(client, "/v1/rules"))["rules"][0]
    assert (rule["rule"], rule["title_zh"], rule["citation"]) == (
        "canteen.freezer_warm",
        "冷冻柜温度过高",
        "GB 31654-2021",
    )


async def test_alerts_come_worst_first_then_newest_in_pages_that_lose_nothing(rig: Rig, client: Client) -> None:
    maker = AlertMaker(N1)
    for n in range(25):
        rig.alert(maker.record(n, severity=1 + n % 4))
    rig.alert(maker.record(0, AlertState.CLEARED))
    seen: list[tuple[int, int]] = []
    path = "/v1/alerts?limit=7"
    while True:
        page = await get(client, path)
        seen += [(found["severity"], -found["raised_ms"]) for found in page["alerts"]]
        assert all(found["title_en"] == "Freezer too warm" for found in page["alerts"])
        if page["next"] is None:
            break
        path = f"/v1/alerts?limit=7&after={page['next']}"
    assert seen == sorted(seen)
    assert len(set(seen)) == 24


async def test_alerts_can_be_narrowed(rig: Rig, client: Client) -> None:
    for campus_id, system, severity in ((N1, CANTEEN, 1), (N2, CANTEEN, 2), (N2, BUS, 1)):
        rig.alert(AlertMaker(campus_id, system).record(1, severity=severity))
    page = await get(client, f"/v1/alerts?severity=1&severity=2&system={CANTEEN}&campus={N2}&campus={S1}")
    assert [(found["campus_id"], found["system"]) for found in page["alerts"]] == [(N2, CANTEEN)]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/alerts?severity=0",
        "/v1/alerts?severity=NaN",
        "/v1/alerts?severity=1e999",
        "/v1/alerts?limit=-1",
        "/v1/alerts?limit=1000000000",
        "/v1/alerts?limit=" + "9" * 5000,
        "/v1/alerts?state=closed",
        "/v1/alerts?after=forged",
        "/v1/alerts?after=%00",
        "/v1/alerts?after=%F0%9F%9A%8C",
        "/v1/alerts?after=WzEsMl0",
        "/v1/alerts?unknown=1",
        "/v1/live?scope=galaxy:x",
        "/v1/live?scope=campus:../x",
        "/v1/live?scope=campus:" + "x" * 10_000,
        "/v1/live?scope=campus:n-1%0Adata:x",
        "/v1/live?" + "&".join(["scope=campus:n-1"] * 65),
        "/v1/campuses/" + "x" * 10_000,
    ],
)
async def test_parameter_that_cannot_be_is_refused_without_an_echo(client: Client, path: str) -> None:
    found = await get(client, path, 422)
    assert found["code"] == "CAMP-604"
    assert "forged" not in str(found)
    assert "xxxx" not in str(found)


@pytest.mark.parametrize(
    "campus_id", ["..%2F..%2Fetc", "%00", "%F0%9F%9A%8C", "%E2%80%AEn-1", "'%20OR%201=1--", "=cmd()", "n-1%0d%0aX:y"]
)
async def test_id_that_is_none_is_not_found(client: Client, campus_id: str) -> None:
    found = await get(client, f"/v1/campuses/{campus_id}", 404)
    assert found["code"] == "CAMP-603"


async def test_other_methods_and_paths_are_problems_too(client: Client) -> None:
    async with client.http.post(f"{client.base}/v1/rules", headers=SUPERVISOR, data=b"x" * 100_000) as response:
        assert (response.status, response.headers["Allow"]) == (405, "GET")
        assert response.content_type == "application/problem+json"
    async with client.http.get(f"{client.base}/nothing/here") as response:
        assert (response.status, (await response.json(content_type=None))["code"]) == (404, "CAMP-603")


async def test_every_answer_forbids_sniffing_framing_and_storing(client: Client) -> None:
    for path in ("/v1/rules", "/v1/none", "/readyz"):
        async with client.http.get(client.base + path, headers=SUPERVISOR) as response:
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["X-Frame-Options"] == "DENY"
            assert response.headers["Cache-Control"] == "no-store"


async def test_fault_that_nobody_foresaw_is_a_problem_that_tells_nothing() -> None:
    def broken() -> bool:
        raise ZeroDivisionError("a secret")

    rig = Rig(checks={"broken": broken})
    async with serving(rig.context()) as client:
        found = await get(client, "/v1/rules", 500)
    assert (found["code"], found["status"]) == ("CAMP-600", 500)
    assert "secret" not in str(found)


async def test_answers_are_counted_by_route_and_not_by_what_was_asked_for() -> None:
    meter = PrometheusMeter()
    async with serving(Rig(meter=meter).context()) as client:
        await get(client, f"/v1/campuses/{N1}")
        await get(client, "/v1/campuses/nobody", 404)
        await get(client, "/secret/path", 404)
    page = meter.render().decode()
    assert 'campanile_api_requests_total{route="/v1/campuses/{campus_id}",status="200"} 1.0' in page
    assert 'campanile_api_requests_total{route="/v1/campuses/{campus_id}",status="404"} 1.0' in page
    assert 'campanile_api_requests_total{route="none",status="404"} 1.0' in page
    assert "nobody" not in page
    assert "secret" not in page


async def test_content_is_refused_until_the_live_view_is_complete() -> None:
    rig = Rig(checks={"state": lambda: False, "registry": lambda: True})
    async with serving(rig.context()) as client:
        found = await get(client, "/v1/consortia", 503)
        health = await get(client, "/readyz", HTTPStatus.SERVICE_UNAVAILABLE)
        assert (await get(client, "/livez"))["ok"] is True
    assert found["code"] == "CAMP-606"
    assert health == {"ok": False, "checks": {"state": False, "registry": True}}


async def test_age_is_taken_against_the_clock_at_reading(rig: Rig, client: Client) -> None:
    rig.state(campus_record(N1, CANTEEN, 1))
    assert (await get(client, f"/v1/campuses/{N1}/systems/{CANTEEN}"))["line"]["age_ms"] == 1_000
    vars(rig.clock)["instant_ms"] = NOW_MS + 299_001
    shown = (await get(client, f"/v1/campuses/{N1}/systems/{CANTEEN}"))["line"]
    assert (shown["age_ms"], shown["condition"]) == (300_001, "stale")


UNGUARDED = {"/livez", "/readyz", "/v1/setup", "/v1/activation", "/v1/oidc", "/v1/oidc/start"} | {
    "/v1/invitations/redeem",
    "/v1/share/exchange",
}
"""Nobody has signed in yet where these are asked; what they need is in the body, or nothing."""


async def test_description_is_complete_and_its_page_needs_no_other_host(client: Client) -> None:
    document = await get(client, "/v1/openapi.json")
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert path in UNGUARDED or "Problem" in str(operation["responses"]["401"])
    async with client.http.get(f"{client.base}/docs") as response:
        page = await response.text()
    assert "://" not in page.replace("http://www.w3.org", "").replace(client.base, "")
