"""Counts, trips, tracks and alert transitions over a real store."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas.alerts import AlertState
from streams.archive.alerts import AlertRow, insert_alerts
from streams.archive.settings import StoreSettings
from streams.archive.store_client import session
from tests.api.support.history import DAY_MS, MORNING_MS, History, Past, history_api
from tests.api.support.world import N1, N2, NORTH, S1, AlertMaker

pytestmark = pytest.mark.engine
ASKED: dict[str, Any] = {"from_ms": MORNING_MS, "to_ms": MORNING_MS + DAY_MS, "scope": f"consortium:{NORTH}"}
BUS, OTHER = "bus-7", "bus-8"


def morning(past: Past) -> list[bytes]:
    """A trip that another bus ends, three riders, thirty positions with a silence, and twelve readings of a freezer."""
    minute, trip = 60_000, {"trip_id": "t-1"}

    def said(name: str, at: int, bus: str = BUS, **data: Any) -> bytes:  # noqa: ANN401 — an event's data
        return past.event(N2, f"school_bus.{name}.v1", trip | data, MORNING_MS + at * minute, subject=bus)

    route = {"route_id": "r7", "direction": "to_school", "driver_ref": "d-1"}
    events = [
        said("trip.planned", -30, **route, planned_start_ms=MORNING_MS, planned_end_ms=MORNING_MS + 40 * minute),
        said("trip.started", 1, **route),
        *(said("pupil.boarded", 2, pupil_token=f"p_0000000{n}", stop_id="s-1", method="card") for n in range(3)),
        said("stop.arrived", 5, stop_id="s-1", delta_s=60),
        said("stop.departed", 6, stop_id="s-1", dwell_s=60),
        said("trip.started", 20, OTHER, **route),
        said("count.reconciled", 25, OTHER, boarded=3, alighted=3, onboard=0, seats=41),
        said("trip.ended", 30, OTHER, ignition_on=False),
        said("childcheck.done", 31, OTHER, by_ref="a-1", last_row_scanned=True),
    ]
    for n in range(30):
        fix = {"latitude_deg": 30.0, "longitude_deg": 115 + n / 1000, "speed_kmh": 30.0}
        at_ms = MORNING_MS + 70_000 + n * 10_000 + (n >= 20) * 600_000
        events.append(past.event(N2, "school_bus.position.reported.v1", fix, at_ms, subject=BUS))
    return events + [past.temperature(N1, MORNING_MS + n * 60_000, subject=f"sensor-{n % 2}") for n in range(12)]


@pytest.fixture
async def history(database: StoreSettings) -> AsyncIterator[History]:
    past = Past(database)
    past.archive(morning(past))
    async with history_api(database) as api:
        yield api


async def counts(history: History, who: str = "bureau", **asked: Any) -> dict[str, Any]:  # noqa: ANN401 — query parameters
    status, answer = await history.get("/v1/history/aggregates", who, **(ASKED | {"by": "day"} | asked))
    assert status == 200, answer
    return {one["type"]: (one["events"], one["subjects"]) for one in answer["counts"]}


async def test_events_are_counted_by_chinas_day_and_fewer_than_five_of_pupils_are_not_told(history: History) -> None:
    found = await counts(history)
    assert found["canteen.temp.sampled.v1"] == (12, 2)
    assert found["school_bus.trip.ended.v1"] == (1, 1)
    assert found["school_bus.pupil.boarded.v1"] == (None, None)


async def test_counts_by_minute_add_up_to_those_by_day(history: History) -> None:
    _, answer = await history.get("/v1/history/aggregates", **(ASKED | {"by": "minute", "system": "canteen"}))
    assert [one["events"] for one in answer["counts"]] == [1] * 12
    assert [one["from_ms"] for one in answer["counts"]] == [MORNING_MS + n * 60_000 for n in range(12)]


@pytest.mark.parametrize(("children", "is_told"), [(1, False), (4, False), (5, True)])
async def test_many_events_of_few_children_are_not_told(
    database: StoreSettings, *, children: int, is_told: bool
) -> None:
    past = Past(database)
    rides = [
        past.event(
            N2,
            "school_bus.pupil.boarded.v1",
            {"trip_id": "t-1", "pupil_token": f"p_0000000{n % children}", "stop_id": "s-1", "method": "card"},
            MORNING_MS + n * 60_000,
            subject=f"bus-{n}",
        )
        for n in range(10)
    ]
    past.archive(rides)
    async with history_api(database) as api:
        for who in ("bureau", "principal", "city"):
            found = await counts(api, who, scope=f"campus:{N2}")
            assert found == {"school_bus.pupil.boarded.v1": (10, 10) if is_told else (None, None)}, who
        asked = ASKED | {"by": "hour", "scope": f"campus:{N2}", "clock": "received"}
        _, answer = await api.get("/v1/history/aggregates", **asked)
        assert [one["events"] for one in answer["counts"]] == [10 if is_told else None]


async def test_a_type_that_nobody_declared_may_speak_of_children_and_is_not_counted(database: StoreSettings) -> None:
    past = Past(database)
    events = [past.event(N2, "canteen.fed.v9", {"n": n}, MORNING_MS + n * 1000) for n in range(8)]
    past.archive([*events, *(past.temperature(N2, MORNING_MS + n * 1000) for n in range(8))])
    async with history_api(database) as api:
        found = await counts(api)
    assert found == {"canteen.fed.v9": (None, None), "canteen.temp.sampled.v1": (8, 1)}


async def test_who_may_have_counts_alone_is_told_none_below_five(history: History) -> None:
    found = await counts(history, "city", scope=f"campus:{N2}")
    assert set(found.values()) <= {(None, None)} | {(count, None) for count in range(5, 100)}


async def test_trip_is_told_from_plan_to_search_without_a_word_of_any_pupil(history: History) -> None:
    status, answer = await history.get("/v1/history/trips", **(ASKED | {"from_ms": MORNING_MS - DAY_MS}))
    assert status == 200
    (trip,) = answer["trips"]
    assert (trip["trip_id"], trip["buses"], trip["route_id"]) == ("t-1", [BUS, OTHER], "r7")
    assert (trip["started_ms"], trip["ended_ms"]) == (MORNING_MS + 60_000, MORNING_MS + 1_800_000)
    assert trip["stops"] == [
        {
            "stop_id": "s-1",
            "arrived_ms": MORNING_MS + 300_000,
            "departed_ms": MORNING_MS + 360_000,
            "delta_s": 60,
        }
    ]
    assert (trip["boarded"], trip["onboard"], trip["childcheck_ms"]) == (3, 0, MORNING_MS + 1_860_000)
    assert "p_0000000" not in str(answer)
    assert "d-1" not in str(answer)


async def test_track_names_its_gap_and_is_thinned_when_asked(history: History) -> None:
    _, whole = await history.get("/v1/history/tracks", **ASKED)
    (track,) = whole["tracks"]
    assert (track["campus_id"], track["bus"], [len(part) for part in track["segments"]]) == (N2, BUS, [20, 10])
    assert [gap["to_ms"] - gap["from_ms"] if isinstance(gap, dict) else gap[1] - gap[0] for gap in track["gaps"]] == [
        610_000
    ]
    _, thin = await history.get("/v1/history/tracks", **ASKED, tolerance_m=5)
    assert [len(part) for part in thin["tracks"][0]["segments"]] == [2, 2]
    assert thin["tracks"][0]["positions"] == 30


async def test_track_of_a_trip_lasts_from_its_first_event_to_its_last(history: History) -> None:
    _, answer = await history.get("/v1/history/tracks", **ASKED, trip_id="t-1")
    assert [track["positions"] for track in answer["tracks"]] == [30]
    _, answer = await history.get("/v1/history/tracks", **ASKED, trip_id="t-none")
    assert answer["tracks"] == []


async def test_every_transition_of_an_alert_is_told_within_the_scope(history: History, database: StoreSettings) -> None:
    made = [AlertMaker(campus) for campus in (N2, S1)]
    for maker in made:
        maker.record(1)
        maker.record(1, AlertState.CLEARED)
    alerts = [alert for maker in made for alert in maker.made]
    with session(database) as client:
        for _ in range(2):
            insert_alerts(client, [AlertRow(alert, MORNING_MS) for alert in alerts])
    asked = ASKED | {"from_ms": MORNING_MS - DAY_MS, "to_ms": MORNING_MS + 2 * DAY_MS}
    status, answer = await history.get("/v1/history/alerts", **asked)
    assert status == 200
    assert {(one["transition"]["campus_id"], one["transition"]["state"]) for one in answer["transitions"]} == {
        (N2, "open"),
        (N2, "cleared"),
    }
    assert len(answer["transitions"]) == 2
    assert answer["transitions"][0]["transition"]["detail"] == {"temperature_c": -3.5}
