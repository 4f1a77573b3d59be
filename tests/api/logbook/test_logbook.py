"""The logbook over a real store: sentences in order, alerts with their causes, in pages without loss."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from streams.archive.alerts import AlertRow, insert_alerts
from streams.archive.settings import StoreSettings
from streams.archive.store_client import session
from tests.api.support.history import DAY_MS, MORNING_MS, History, Past, history_api
from tests.api.support.world import N2, NOW_MS, AlertMaker

pytestmark = pytest.mark.engine
ASKED: dict[str, Any] = {"scope": f"campus:{N2}", "system": "canteen", "from_ms": MORNING_MS, "to_ms": NOW_MS + DAY_MS}


@pytest.fixture
async def history(database: StoreSettings) -> AsyncIterator[History]:
    past = Past(database)
    breach = {"zone": "freezer", "temp_c": -9.6, "duration_min": 12.0}
    dish = {"meal_id": "m-1", "name": "冬瓜排骨", "core_temp_c": 84.5}
    events = [past.event(N2, "canteen.temp.breach.v1", breach, MORNING_MS, subject="sensor-1", event_id="e1")]
    events += [past.event(N2, "canteen.dish.cooked.v1", dish, MORNING_MS + n * 1_000) for n in range(1, 8)]
    past.archive([*events, past.temperature(N2, MORNING_MS + 500)])
    maker = AlertMaker(N2)
    maker.record(1)
    with session(database) as client:
        insert_alerts(client, [AlertRow(alert, NOW_MS) for alert in maker.made])
    async with history_api(database) as api:
        yield api


async def test_events_and_alerts_are_told_in_order_with_the_alerts_causes(history: History) -> None:
    status, page = await history.get("/v1/logbook", **ASKED)
    assert status == 200
    first, *dishes, last = page["entries"]
    assert first["zh"] == "sensor-1（冷冻柜）超温 -9.6 ℃，已持续 12 分钟"
    assert first["en"] == "sensor-1 (freezer) out of limits at -9.6 °C for 12 min"
    assert [entry["zh"] for entry in dishes] == ["冬瓜排骨 出锅，中心温度 84.5 ℃"] * 7
    assert (last["kind"], last["severity"]) == ("alert", 2)
    assert last["en"].startswith("Alert: Freezer warmer")
    assert last["zh"].startswith("告警：")
    (cause,) = last["causes"]
    assert (cause["event_id"], cause["at_ms"], cause["zh"]) == ("e1", MORNING_MS, first["zh"])


async def test_readings_are_told_only_when_asked_for(history: History) -> None:
    _, page = await history.get("/v1/logbook", **ASKED, routine="true")
    assert [entry["type"] for entry in page["entries"]].count("canteen.temp.sampled.v1") == 1


async def test_pages_give_every_entry_once(history: History) -> None:
    _, whole = await history.get("/v1/logbook", **ASKED)
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        status, page = await history.get("/v1/logbook", **ASKED, limit=3, **after)
        assert status == 200
        found += page["entries"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == whole["entries"]


async def test_cause_that_lies_before_what_was_asked_for_is_named_without_its_words(history: History) -> None:
    _, page = await history.get("/v1/logbook", **(ASKED | {"from_ms": MORNING_MS + 2_000}))
    assert page["entries"][-1]["causes"] == [{"event_id": "e1", "at_ms": None, "zh": None, "en": None}]


async def test_looking_at_the_logbook_is_on_record(history: History) -> None:
    await history.get("/v1/logbook", **ASKED)
    assert [entry.data["kind"] for entry in history.book.entries] == ["logbook"]
