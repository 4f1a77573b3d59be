"""Events of the past over a real store: who sees which, in what order, in pages and as a stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from streams.archive.settings import StoreSettings
from tests.api.support.history import DAY_MS, MORNING_MS, History, Past, history_api
from tests.api.support.world import FORMER, N1, N2, NORTH, NOW_MS, S1, bearer

pytestmark = pytest.mark.engine
PATH = "/v1/history/events"
CANTEEN: dict[str, Any] = {"type": "canteen.temp.sampled.v1", "from_ms": MORNING_MS, "to_ms": MORNING_MS + DAY_MS}
ASKED: dict[str, Any] = {"scope": f"campus:{N1}", **CANTEEN}


@pytest.fixture
def past(database: StoreSettings) -> Past:
    """A hundred readings of each of three campuses, a minute apart, in two partitions."""
    found = Past(database)
    for partition, campuses in enumerate(((N1, S1), (N2,))):
        readings = [
            found.temperature(campus, MORNING_MS + minute * 60_000) for minute in range(100) for campus in campuses
        ]
        found.archive(readings, partition=partition)
    return found


@pytest.fixture
async def history(past: Past) -> AsyncIterator[History]:
    async with history_api(past.store) as api:
        yield api


async def pages(history: History, limit: int, **asked: Any) -> list[dict[str, Any]]:  # noqa: ANN401 — query parameters
    """Every event, page by page."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        status, page = await history.get(PATH, limit=limit, **asked, **after)
        assert status == 200, page
        assert len(page["events"]) <= limit
        found += page["events"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


def place(event: dict[str, Any]) -> tuple[int, ...]:
    return event["occurred_ms"], event["partition"], event["offset"], event["index"]


async def test_event_comes_back_whole_with_its_place_and_clocks(history: History) -> None:
    status, page = await history.get(PATH, scope=f"campus:{N2}", limit=1, **CANTEEN)
    assert status == 200
    assert page["events"] == [
        {
            "partition": 1,
            "offset": 0,
            "index": 0,
            "occurred_ms": MORNING_MS,
            "received_ms": MORNING_MS + 250,
            "recorded_ms": MORNING_MS,
            "delay_ms": 250,
            "campus_id": N2,
            "system": "canteen",
            "type": "canteen.temp.sampled.v1",
            "subject": "device-1",
            "source": f"urn:campanile:edge:{N2}:canteen",
            "id": "e-000201",
            "boot_id": 0,
            "sequence": 201,
            "data": {"zone": "freezer", "temp_c": -18.0},
        }
    ]


async def test_pages_of_any_size_give_every_event_once_in_one_order(history: History) -> None:
    whole = await pages(history, 5_000, scope=[f"campus:{N1}", f"campus:{N2}"], **CANTEEN)
    assert len(whole) == 200
    assert [place(event) for event in whole] == sorted(map(place, whole))
    for limit in (7, 100, 199, 200):
        assert await pages(history, limit, scope=[f"campus:{N1}", f"campus:{N2}"], **CANTEEN) == whole


async def test_event_that_arrives_late_neither_shifts_nor_doubles_the_pages_being_read(
    history: History, past: Past
) -> None:
    asked: dict[str, Any] = {"scope": f"consortium:{NORTH}", **CANTEEN}
    before = await pages(history, 500, **asked)
    _, first = await history.get(PATH, limit=50, **asked)
    past.archive([past.temperature(N1, MORNING_MS + minute * 1_000) for minute in range(100)], partition=0)
    status, second = await history.get(PATH, limit=500, after=first["next"], **asked)
    assert status == 200
    assert first["events"] + second["events"] == before
    assert len(await pages(history, 500, **asked)) == len(before) + 100


async def test_event_sent_twice_is_told_once(history: History, past: Past) -> None:
    again = past.temperature(N1, MORNING_MS, event_id="e-000001")
    past.archive([again], partition=0)
    found = await pages(history, 500, scope=f"campus:{N1}", **CANTEEN)
    assert [event["offset"] for event in found if event["id"] == "e-000001"] == [0]


async def test_received_clock_orders_and_cuts_by_the_gateways_time(history: History, past: Past) -> None:
    late = [past.temperature(N1, MORNING_MS + 1_000, received_ms=MORNING_MS + 5 * DAY_MS, event_id="late")]
    past.archive(late, partition=0)
    asked: dict[str, Any] = {
        "scope": f"campus:{N1}",
        "type": CANTEEN["type"],
        "clock": "received",
        "from_ms": MORNING_MS + 4 * DAY_MS,
        "to_ms": MORNING_MS + 6 * DAY_MS,
    }
    assert [event["id"] for event in await pages(history, 10, **asked)] == ["late"]


async def test_stream_gives_the_same_events_and_says_that_it_is_whole(history: History) -> None:
    whole = await pages(history, 500, scope=f"consortium:{NORTH}", **CANTEEN)
    lines = (
        await history.body(PATH, accept="application/x-ndjson", scope=f"consortium:{NORTH}", **CANTEEN)
    ).splitlines()
    assert [json.loads(line) for line in lines[:-1]] == whole
    assert json.loads(lines[-1]) == {"end": {"events": 200, "next": None}}


async def test_stream_that_its_limit_ends_says_where_to_go_on(history: History) -> None:
    asked: dict[str, Any] = {"scope": f"consortium:{NORTH}", "accept": "application/x-ndjson", **CANTEEN}
    first = (await history.body(PATH, limit=150, **asked)).splitlines()
    cursor = json.loads(first[-1])["end"]["next"]
    second = (await history.body(PATH, after=cursor, **asked)).splitlines()
    assert len(first) - 1 + len(second) - 1 == 200


async def test_former_member_is_seen_for_the_time_of_its_membership_only(history: History, past: Past) -> None:
    left_ms = NOW_MS - 60_000
    past.archive(
        [past.temperature(FORMER, left_ms + step * 1_000, subject="gone") for step in range(-5, 5)], partition=0
    )
    asked: dict[str, Any] = {
        "type": CANTEEN["type"],
        "subject": "gone",
        "from_ms": left_ms - DAY_MS,
        "to_ms": left_ms + DAY_MS,
    }
    for scope in (f"consortium:{NORTH}", f"campus:{FORMER}"):
        status, page = await history.get(PATH, "supervisor", scope=scope, **asked)
        assert status == 200
        assert [event["occurred_ms"] for event in page["events"]] == [left_ms + step * 1_000 for step in range(-5, 0)]


async def test_foreign_objects_do_not_exist(history: History) -> None:
    for scope in (f"campus:{S1}", "campus:no-such", "consortium:k-south", "area:42"):
        status, problem = await history.get(PATH, "supervisor", scope=scope, **CANTEEN)
        assert (status, problem["code"]) == (404, "CAMP-603"), scope
    assert history.book.entries == []


async def test_look_is_on_record_before_it_is_answered(history: History) -> None:
    await history.get(PATH, scope=f"campus:{N2}", purpose="投诉核查", **CANTEEN)
    assert [(entry.campus_id, entry.type) for entry in history.book.entries] == [(N2, "access.read.v1")]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"to_ms": MORNING_MS}, 422, "CAMP-604"),
        ({"to_ms": MORNING_MS + 32 * DAY_MS}, 422, "CAMP-151"),
        ({"to_ms": 10**15}, 422, "CAMP-604"),
        ({"from_ms": "yesterday"}, 422, "CAMP-604"),
        ({"limit": -1}, 422, "CAMP-604"),
        ({"limit": 10**9}, 422, "CAMP-604"),
        ({"after": "forged"}, 422, "CAMP-154"),
        ({"after": "WzEsICJ4Il0"}, 422, "CAMP-154"),
        ({"type": "school_bus.pupil.boarded.v1"}, 422, "CAMP-152"),
        ({"type": "no_such.thing.v1"}, 422, "CAMP-604"),
        ({"system": "no_such"}, 422, "CAMP-604"),
        ({"scope": "planet:earth"}, 422, "CAMP-604"),
        ({"unknown": "1"}, 422, "CAMP-604"),
        ({"purpose": "why"}, 422, "CAMP-604"),
    ],
)
async def test_question_that_cannot_be_answered_is_refused_with_a_reason(
    history: History, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await history.get(PATH, **(ASKED | changes))
    assert (answer[0], answer[1]["code"]) == (status, code)


async def test_cursor_of_another_question_is_refused(history: History) -> None:
    _, page = await history.get(PATH, scope=f"campus:{N1}", limit=5, **CANTEEN)
    status, problem = await history.get(PATH, scope=f"campus:{N2}", after=page["next"], **CANTEEN)
    assert (status, problem["code"]) == (422, "CAMP-154")


async def test_one_system_of_one_campus_may_be_asked_for_years(history: History) -> None:
    asked: dict[str, Any] = {
        "system": "canteen",
        "from_ms": MORNING_MS - 700 * DAY_MS,
        "to_ms": MORNING_MS + 300 * DAY_MS,
    }
    assert len(await pages(history, 60, scope=f"campus:{N1}", **asked)) == 100


async def test_store_that_is_away_is_said_to_be_away_with_a_time_to_come_back() -> None:
    async with history_api(StoreSettings(host="127.0.0.1", port=9)) as api:
        for accept in ("application/json", "application/x-ndjson"):
            query = {"scope": f"campus:{N1}", **{key: str(value) for key, value in CANTEEN.items()}}
            async with api.client.http.get(
                api.client.base + PATH, params=query, headers={**bearer("bureau"), "Accept": accept}
            ) as response:
                assert response.status == 503
                assert response.headers["Retry-After"].isdigit()
                assert (await response.json(content_type=None))["code"] == "CAMP-420"


async def test_readers_that_leave_free_the_store(history: History) -> None:
    asked: dict[str, Any] = {"scope": f"campus:{N1}", "accept": "application/x-ndjson", **CANTEEN}
    leaving = [asyncio.create_task(history.body(PATH, **asked)) for _ in range(20)]
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    async with asyncio.timeout(60):
        assert len(await pages(history, 500, scope=f"campus:{N1}", **CANTEEN)) == 100
