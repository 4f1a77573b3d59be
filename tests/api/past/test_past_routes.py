"""What the API answers about an instant, to whom, and what it writes down first."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from schemas.clock import MINUTE_MS
from schemas.documents import CampusStatus
from schemas.frame import join_frame, stamp
from streams.archive.settings import StoreSettings
from streams.core.past_difference import difference
from streams.core.past_known import rolled_up
from tests.api.past.past_log import PastLog
from tests.api.support.history import History, history_api
from tests.api.support.world import FORMER, N1, N2, N3, NORTH, NOW_MS, S1, S2

pytestmark = pytest.mark.engine

CAMPUSES = (N1, N2, N3, S1, S2, FORMER)
FROM_MS = NOW_MS - 30 * MINUTE_MS
SAMPLES: Final = Path(__file__).parents[3] / "schemas" / "samples"
decode_status = msgspec.json.Decoder(CampusStatus).decode


@pytest.fixture
def log(database: StoreSettings) -> PastLog:
    """A log of which everything is archived, with snapshots along its way."""
    made = PastLog(CAMPUSES, FROM_MS)
    for _ in range(4):
        made.run(frames=10)
        made.keep_snapshots(share=0.3)
    made.run(frames=2)
    made.store(database)
    made.store_snapshots(database)
    return made


@pytest.fixture
async def api(log: PastLog, database: StoreSettings) -> AsyncIterator[History]:  # noqa: ARG001 — it must be stored first
    async with history_api(database) as made:
        yield made


async def test_a_campus_is_shown_as_it_was_shown_then(api: History, log: PastLog) -> None:
    live = log.documents()
    status, answer = await api.get(f"/v1/past/campuses/{N2}", at=NOW_MS)
    assert status == 200
    assert answer["log"]["gaps"] == ["archive_behind"]
    assert answer["statuses"].keys() == {key.partition("/")[2] for key in live if key.startswith(f"{N2}/")}
    for name, shown in answer["statuses"].items():
        assert shown == json.loads(live[f"{N2}/{name}"])


async def test_the_past_too_shows_no_single_rider(database: StoreSettings) -> None:
    log = PastLog(CAMPUSES, FROM_MS)
    log.run(frames=1)
    for number, name in enumerate(("school_bus.trip.started.v1", "school_bus.pupil.boarded.v1"), 1):
        sample = json.loads((SAMPLES / f"{name}.json").read_bytes())
        fields = sample | {"campusid": N2, "sequence": str(number), "data": sample["data"] | {"trip_id": "t-7"}}
        log.append(N2, join_frame([stamp(json.dumps(fields).encode(), log.now_ms, log.now_ms)]))
    log.store(database)
    kept = json.loads(log.documents()[f"{N2}/school_bus"])
    assert kept["state"]["trips"]["t-7"]["boarded_ms"]
    async with history_api(database) as api:
        for clock in ("known", "was"):
            _, answer = await api.get(f"/v1/past/campuses/{N2}", at=NOW_MS, clock=clock)
            trip = answer["statuses"]["school_bus"]["state"]["trips"]["t-7"]
            assert "boarded_ms" not in trip
            assert trip == {k: v for k, v in kept["state"]["trips"]["t-7"].items() if k != "boarded_ms"}
        for who, is_told in (("bureau", False), ("principal", True)):
            _, answer = await api.get(f"/v1/past/campuses/{N2}", who, at=NOW_MS, system="school_bus", explain="true")
            setter = answer["explanations"]["school_bus"]["fields"]["trips/t-7"]
            assert setter["offset"] == log.records[-1].offset
            assert (setter["event"] and setter["event"]["type"]) == ("school_bus.pupil.boarded.v1" if is_told else None)
        asked: dict[str, Any] = {"campus_id": N2, "system": "school_bus", "from_ms": FROM_MS, "to_ms": NOW_MS}
        _, changed = await api.get("/v1/past/difference", **asked)
        assert any("t-7" in change["path"] for change in changed["changes"])
        assert not any("boarded_ms" in change["path"] for change in changed["changes"])


async def test_every_look_is_written_down_first(api: History) -> None:
    await api.get(f"/v1/past/campuses/{N2}", at=NOW_MS - MINUTE_MS, purpose="抽查 kitchen check")
    (entry,) = api.book.entries
    assert entry.type == "access.read.v1"
    assert (entry.data["kind"], entry.data["from_ms"]) == ("state", NOW_MS - MINUTE_MS)
    assert entry.data["purpose"] == "抽查 kitchen check"


async def test_one_system_may_be_asked_for(api: History) -> None:
    status, answer = await api.get(f"/v1/past/campuses/{N2}", at=NOW_MS, system="canteen", clock="was")
    assert (status, list(answer["statuses"])) == (200, ["canteen"])
    assert answer["statuses"]["canteen"]["clock_ms"] == NOW_MS
    assert (await api.get(f"/v1/past/campuses/{N2}", at=NOW_MS, system="no_such"))[0] == 404


async def test_a_consortium_is_the_rollup_of_its_members_of_then(api: History, log: PastLog) -> None:
    status, answer = await api.get(f"/v1/past/consortia/{NORTH}", at=NOW_MS - 2 * MINUTE_MS)
    assert status == 200
    assert answer["campus_ids"] == [N1, N2, N3, FORMER]
    _, now = await api.get(f"/v1/past/consortia/{NORTH}", at=NOW_MS)
    assert now["campus_ids"] == [N1, N2, N3]
    statuses = [decode_status(value) for key, value in log.documents().items() if key.partition("/")[0] in (N1, N2, N3)]
    expected = {name: msgspec.to_builtins(rollup.status()) for name, rollup in rolled_up(NORTH, statuses).items()}
    assert now["rollups"] == json.loads(msgspec.json.encode(expected))


async def test_each_field_names_the_event_that_set_it(api: History, log: PastLog) -> None:
    status, answer = await api.get(f"/v1/past/campuses/{N2}", at=NOW_MS, system="device_control", explain="true")
    assert status == 200
    explained = answer["explanations"]["device_control"]
    devices = answer["statuses"]["device_control"]["state"]["devices"]
    assert {path for path in explained["fields"] if path.startswith("devices/")} == {f"devices/{it}" for it in devices}
    by_place = {(one.partition, one.offset): one.value for one in log.records}
    for device in devices:
        event = explained["fields"][f"devices/{device}"]["event"]
        frame = json.loads(by_place[event["partition"], event["offset"]])
        (said,) = {json.dumps(it["data"]) for it in frame if (it["id"], it["source"]) == (event["id"], event["source"])}
        assert device in (event["subject"], *json.loads(said).get("devices", ()))
        assert event["corrected_ms"] is not None


async def test_a_difference_tells_old_and_new_and_the_events_between(api: History, log: PastLog) -> None:
    half_ms = FROM_MS + 10_000
    asked: dict[str, Any] = {"campus_id": N2, "system": "canteen", "from_ms": half_ms, "to_ms": NOW_MS}
    status, answer = await api.get("/v1/past/difference", **asked)
    assert status == 200
    shown = []
    for at_ms in (half_ms, NOW_MS):
        _, found = await api.get(f"/v1/past/campuses/{N2}", at=at_ms, system="canteen")
        shown.append(msgspec.json.decode(json.dumps(found["statuses"]["canteen"]), type=CampusStatus))
    assert answer["changes"] == [change._asdict() for change in difference(*shown)]
    assert answer["changes"]
    cut = answer["logs"][0]["offset"], answer["logs"][1]["offset"]
    between = {
        (it["source"], it["id"])
        for one in log.records
        if cut[0] < one.offset <= cut[1] and one.value[:1] == b"["
        for it in json.loads(one.value)
        if it["campusid"] == N2 and it["type"].startswith("canteen.")
    }
    before = {
        (it["source"], it["id"])
        for one in log.records
        if one.offset <= cut[0] and one.value[:1] == b"["
        for it in json.loads(one.value)
        if it["campusid"] == N2
    }
    assert {(it["source"], it["id"]) for it in answer["events"]} == between - before
    _, same = await api.get("/v1/past/difference", **{**asked, "from_ms": NOW_MS})
    assert (same["changes"], same["events"]) == ([], [])


async def test_a_device_is_shown_by_its_name(api: History, log: PastLog) -> None:
    state = json.loads(log.documents()[f"{N2}/device_control"])["state"]
    device = min(state["devices"])
    status, answer = await api.get(f"/v1/past/subjects/{N2}/device_control/{device}", at=NOW_MS)
    assert status == 200
    assert answer["fields"][f"devices/{device}"] == state["devices"][device]
    assert (await api.get(f"/v1/past/subjects/{N2}/device_control/no-such-device", at=NOW_MS))[0] == 404


async def test_clocks_are_estimated_beside_raw_times(api: History) -> None:
    status, answer = await api.get("/v1/past/skew", at=NOW_MS, campus_id=N2, system="device_control", minutes=60)
    assert status == 200
    assert answer["devices"]
    assert all(-300 <= it["lead_ms"] <= 0 for it in answer["devices"] if it["events"] >= 8)


async def test_the_future_and_foreign_campuses_are_not_there(api: History) -> None:
    status, answer = await api.get(f"/v1/past/campuses/{N2}", at=NOW_MS + 1)
    assert (status, answer["code"]) == (422, "CAMP-160")
    for path in (f"/v1/past/campuses/{S1}", "/v1/past/campuses/no-such", "/v1/past/consortia/k-south"):
        assert (await api.get(path, at=NOW_MS))[0] == 404
    assert (await api.get(f"/v1/past/campuses/{N2}", "operator", at=NOW_MS))[0] == 403
    assert api.book.entries == []


async def test_a_campus_that_has_left_is_seen_for_the_time_of_its_membership(api: History) -> None:
    left_ms = NOW_MS - MINUTE_MS
    assert (await api.get(f"/v1/past/campuses/{FORMER}", "supervisor", at=left_ms - 1))[0] == 200
    assert (await api.get(f"/v1/past/campuses/{FORMER}", "supervisor", at=left_ms))[0] == 404


async def test_nobody_but_an_auditor_looks_with_other_eyes(api: History) -> None:
    asked: dict[str, Any] = {"at": NOW_MS, "as_role": "supervisor", "as_scope": f"consortium:{NORTH}"}
    status, answer = await api.get(f"/v1/past/campuses/{N2}", "bureau", **asked)
    assert (status, answer["code"]) == (403, "CAMP-162")
