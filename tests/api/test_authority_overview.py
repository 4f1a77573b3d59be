"""What the routes of the live view show of systems that may be seen in full, in counts, or not at all."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas.registry import Mode
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import BUS, CANTEEN, N2, N3, NORTH, AlertMaker, bearer, campus_record, edge, rollup_record


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    rig = Rig()
    rig.facts.put(edge(N2, NORTH).model_copy(update={"mode": Mode.CO_BUILT}))
    rig.facts.put(edge(N3, NORTH).model_copy(update={"mode": Mode.COOPERATIVE}))
    for campus_id in (N2, N3):
        rig.state(campus_record(campus_id, CANTEEN, 3))
        rig.state(campus_record(campus_id, BUS, 30))
        rig.alert(AlertMaker(campus_id).record(1, severity=2))
    rig.rollup(rollup_record(NORTH, CANTEEN, 60))
    async with serving(rig.context()) as found:
        yield found


async def ask(client: Client, path: str, who: str = "supervisor") -> dict[str, Any]:
    async with client.http.get(client.base + path, headers=bearer(who)) as response:
        assert response.status == 200
        found: dict[str, Any] = await response.json()
        return found


async def test_co_built_campus_shows_counts_of_its_kitchen_and_no_small_one(client: Client) -> None:
    found = await ask(client, f"/v1/campuses/{N2}")
    assert found["campus"]["systems"] == []
    assert found["statuses"] == {}
    assert {line["system"]: line["counts"] for line in found["campus"]["aggregates"]} == {
        CANTEEN: {"n": None},
        BUS: {"n": 30},
    }


async def test_cooperative_campus_shows_neither_kitchen_nor_bus(client: Client) -> None:
    campus = (await ask(client, f"/v1/campuses/{N3}"))["campus"]
    assert (campus["systems"], campus["aggregates"], campus["severity"]) == ([], [], 0)
    async with client.http.get(f"{client.base}/v1/campuses/{N3}/systems/{CANTEEN}", headers=bearer("supervisor")) as no:
        assert no.status == 404


async def test_one_system_in_counts_has_neither_line_nor_status(client: Client) -> None:
    found = await ask(client, f"/v1/campuses/{N2}/systems/{CANTEEN}")
    assert (found["line"], found["status"], found["aggregate"]["counts"]) == (None, None, {"n": None})


async def test_alerts_of_hidden_systems_are_in_no_list(client: Client) -> None:
    assert (await ask(client, "/v1/alerts"))["alerts"] == []
    seen = (await ask(client, "/v1/alerts", "bureau"))["alerts"]
    assert {alert["campus_id"] for alert in seen} == {N2, N3}


async def test_consortium_shows_each_member_as_its_mode_allows(client: Client) -> None:
    found = await ask(client, f"/v1/consortia/{NORTH}/live")
    shown = {campus["campus_id"]: [line["system"] for line in campus["systems"]] for campus in found["campuses"]}
    assert (sorted(shown["n-1"]), shown[N2], shown[N3]) == ([CANTEEN, BUS], [], [])
    assert found["aggregates"] == []


async def test_province_is_told_the_figures_of_the_consortium_and_of_no_campus(client: Client) -> None:
    found = await ask(client, f"/v1/consortia/{NORTH}/live", "province")
    assert found["campuses"] == []
    assert [(line["system"], line["counts"]) for line in found["aggregates"]] == [(CANTEEN, {"n": 60})]
