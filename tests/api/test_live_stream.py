"""The event stream over a real socket: snapshot, live, resume, resync, goodbye. The log's part is in test_live_log."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from api.settings import ApiSettings
from schemas.alerts import AlertState
from schemas.clock import ManualClock
from schemas.registry import Mode, Role
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.sse import EventReader, until
from tests.api.support.waiting import eventually
from tests.api.support.world import (
    BUS,
    CANTEEN,
    FORMER,
    N1,
    N2,
    NORTH,
    NOW_MS,
    S1,
    SOUTH,
    AlertMaker,
    bearer,
    campus_record,
    edge,
    rollup_record,
    viewer,
)

SUPERVISOR = bearer("supervisor")


@pytest.fixture
def rig() -> Rig:
    found = Rig()
    found.state(campus_record(N1, CANTEEN, 1))
    found.state(campus_record(S1, CANTEEN, 1))
    found.rollup(rollup_record(NORTH, CANTEEN, 1))
    return found


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[Client]:
    async with serving(rig.context()) as found:
        yield found


async def test_fresh_stream_gives_a_snapshot_then_what_happens(rig: Rig, client: Client) -> None:
    async with client.stream(SUPERVISOR) as reader:
        first = await until(reader, "live")
        rig.state(campus_record(N1, CANTEEN, 2))
        then = await until(reader, "campus")
    assert [event.name for event in first] == ["snapshot", "campus", "consortium", "live"]
    assert first[0].data["campuses"] == ["n-1", "n-2", "n-3"]
    assert first[1].data["counts"] == {"n": 1}
    assert first[1].data["state"] == {"freezer_c": -18}
    assert "keeper" not in first[1].data
    assert then[0].data["counts"] == {"n": 2}


async def test_rollup_names_no_member(client: Client) -> None:
    async with client.stream(SUPERVISOR) as reader:
        first = await until(reader, "live")
    rollup = next(event for event in first if event.name == "consortium")
    assert "campuses" not in rollup.data
    assert "s-secret" not in json.dumps(rollup.data)


async def test_foreign_and_former_campuses_are_not_heard(rig: Rig, client: Client) -> None:
    async with client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
        rig.state(campus_record(S1, CANTEEN, 2))
        rig.state(campus_record(FORMER, CANTEEN, 2))
        rig.rollup(rollup_record(SOUTH, CANTEEN, 2))
        rig.alert(AlertMaker(S1).record(1))
        rig.state(campus_record(N2, BUS, 7))
        heard = await until(reader, "campus")
    assert [(event.name, event.data["campus_id"]) for event in heard] == [("campus", N2)]


async def test_resumed_stream_has_no_snapshot_and_each_changed_document_once(rig: Rig, client: Client) -> None:
    async with client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
    for n in range(5):
        rig.state(campus_record(N2, BUS, n))
    rig.state(campus_record(S1, CANTEEN, 9))
    async with client.stream(SUPERVISOR, last_id=reader.last_id) as again:
        events = await until(again, "live")
    assert [event.name for event in events] == ["campus", "live"]
    assert events[0].data["counts"] == {"n": 4}


async def test_every_alert_transition_since_the_cursor_comes_once_and_in_order(rig: Rig, client: Client) -> None:
    maker = AlertMaker(N2)
    rig.alert(maker.record(1))
    async with client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
    rig.alert(maker.record(1, AlertState.CLEARED))
    rig.alert(maker.record(1))
    rig.alert(maker.record(2))
    async with client.stream(SUPERVISOR, last_id=reader.last_id) as again:
        events = await until(again, "live")
    told = [(event.data["subject"], event.data["state"]) for event in events if event.name == "alert"]
    assert sorted(told) == [("sensor-1", "cleared"), ("sensor-1", "open"), ("sensor-2", "open")]
    assert told.index(("sensor-1", "cleared")) < told.index(("sensor-1", "open"))


async def test_snapshot_shows_open_alerts_only(rig: Rig, client: Client) -> None:
    maker = AlertMaker(N2)
    rig.alert(maker.record(1))
    rig.alert(maker.record(2))
    rig.alert(maker.record(1, AlertState.CLEARED))
    async with client.stream(SUPERVISOR) as reader:
        events = await until(reader, "live")
    assert [event.data["subject"] for event in events if event.name == "alert"] == ["sensor-2"]


async def test_reader_cut_at_any_event_of_a_catch_up_is_owed_exactly_the_rest(rig: Rig, client: Client) -> None:
    maker = AlertMaker(N2)
    async with client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
    start = reader.last_id
    for n in range(3):
        rig.state(campus_record(N1, CANTEEN, n))
        rig.state(campus_record(N2, BUS, n))
        rig.alert(maker.record(n))
    async with client.stream(SUPERVISOR, last_id=start) as reader:
        whole = [(event.name, json.dumps(event.data), event.last_id) for event in await until(reader, "live")][:-1]
    assert len(whole) == 5
    for cut in range(len(whole)):
        async with client.stream(SUPERVISOR, last_id=whole[cut][2]) as reader:
            rest = [(event.name, json.dumps(event.data), event.last_id) for event in await until(reader, "live")][:-1]
        assert rest == whole[cut + 1 :]


async def test_systems_can_be_chosen(rig: Rig, client: Client) -> None:
    rig.state(campus_record(N1, BUS, 1))
    async with client.stream(SUPERVISOR, f"?scope=campus:{N1}&system={BUS}") as reader:
        events = await until(reader, "live")
    assert [(event.name, event.data.get("system")) for event in events[1:-1]] == [("campus", BUS)]


async def test_removed_document_is_said_to_be_gone(rig: Rig, client: Client) -> None:
    async with client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
        rig.state((b"n-1/canteen", None))
        events = await until(reader, "gone")
    assert events[-1].data == {"campus_id": "n-1", "system": "canteen"}
    async with client.stream(SUPERVISOR) as reader:
        assert "campus" not in [event.name for event in await until(reader, "live")]


@pytest.mark.parametrize(
    ("last_id", "reason"),
    [
        ("nonsense", "malformed"),
        ("", "malformed"),
        ("AAAA", "malformed"),
        ("é" * 10, "malformed"),
        ("A" * 40_000, "malformed"),
        ("../../etc/passwd", "malformed"),
    ],
)
async def test_unusable_cursor_is_answered_with_resync_and_a_snapshot(
    client: Client, last_id: str, reason: str
) -> None:
    async with client.http.get(
        f"{client.base}/v1/live", params={"last_event_id": last_id}, headers=SUPERVISOR
    ) as response:
        events = await until(EventReader(response), "live")
    assert [event.name for event in events[:2]] == ["resync", "snapshot"]
    assert events[0].data == {"reason": reason}


@pytest.mark.parametrize("last_id", ["A" * 30_000, "0", "\u00e9\u4e2d"])
async def test_header_that_is_no_cursor_is_answered_with_resync_too(client: Client, last_id: str) -> None:
    async with client.stream(SUPERVISOR, last_id=last_id) as reader:
        assert (await until(reader, "live"))[0].data == {"reason": "malformed"}


async def test_header_of_a_megabyte_is_refused_before_it_is_looked_at(client: Client) -> None:
    headers = SUPERVISOR | {"Last-Event-ID": "A" * (1 << 20)}
    async with client.http.get(f"{client.base}/v1/live", headers=headers) as response:
        assert response.status == 400


async def test_cursor_of_another_scope_is_no_use_and_tells_nothing(client: Client) -> None:
    async with client.stream(bearer("bureau")) as reader:
        await until(reader, "live")
    async with client.stream(bearer("principal"), last_id=reader.last_id) as again:
        events = await until(again, "live")
    assert events[0].data == {"reason": "other_scope"}
    assert events[1].data["campuses"] == [N2]


async def test_cursor_from_the_future_or_of_another_deployment_is_no_use(rig: Rig, client: Client) -> None:
    for n in range(9):
        rig.state(campus_record(N1, CANTEEN, n))
    async with client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
    younger = Rig()
    async with serving(younger.context()) as other, other.stream(SUPERVISOR, last_id=reader.last_id) as again:
        assert (await until(again, "live"))[0].data == {"reason": "from_the_future"}
    strange = Rig()
    strange.hub.stamp = b"other"
    async with serving(strange.context()) as other, other.stream(SUPERVISOR, last_id=reader.last_id) as again:
        assert (await until(again, "live"))[0].data == {"reason": "other_deployment"}


async def test_cursor_older_than_the_kept_transitions_is_answered_with_resync() -> None:
    rig = Rig(settings=ApiSettings(alerts_kept=4))
    maker = AlertMaker(N2)
    async with serving(rig.context()) as client:
        async with client.stream(SUPERVISOR) as reader:
            await until(reader, "live")
        for _ in range(3):
            rig.alert(maker.record(1))
        async with client.stream(SUPERVISOR, last_id=reader.last_id) as again:
            assert (await until(again, "live"))[0].data == {"reason": "too_old"}


async def test_shutdown_says_goodbye_and_admits_no_more(rig: Rig, client: Client) -> None:
    async with client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
        rig.hub.stop()
        events = await until(reader, "goodbye")
        assert [event async for event in reader.events()] == []
    assert events[-1].data["reason"] == "shutdown"
    assert reader.retry_ms == events[-1].data["retry_ms"]
    async with client.http.get(f"{client.base}/v1/live", headers=SUPERVISOR) as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "2")


async def test_revoked_token_ends_its_stream_within_a_second(rig: Rig, client: Client) -> None:
    async with client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
        rig.facts.put(viewer("supervisor", Role.SUPERVISOR, f"consortium:{NORTH}", revoked=True))
        events = await until(reader, "goodbye")
    assert events[-1].data["reason"] == "unauthorised"


async def test_expired_token_ends_its_stream(rig: Rig, client: Client) -> None:
    rig.facts.put(viewer("guest", Role.SUPERVISOR, f"consortium:{NORTH}", not_after_ms=NOW_MS + 1_000))
    async with client.stream(bearer("guest")) as reader:
        await until(reader, "live")
        assert isinstance(rig.clock, ManualClock)
        rig.clock.instant_ms += 1_000
        events = await until(reader, "goodbye")
    assert events[-1].data["reason"] == "unauthorised"


async def test_campus_that_leaves_falls_silent_and_one_that_joins_is_told(rig: Rig, client: Client) -> None:
    async with client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
        rig.facts.put(edge(N1, NORTH, until_ms=NOW_MS))
        rig.facts.put(edge(S1, NORTH))
        events = await until(reader, "live")
        rig.state(campus_record(N1, CANTEEN, 99))
        rig.state(campus_record(S1, CANTEEN, 99))
        after = await until(reader, "campus")
    assert [event.name for event in events[:2]] == ["resync", "snapshot"]
    assert events[1].data["campuses"] == ["n-2", "n-3", "s-1"]
    assert [event.data["campus_id"] for event in after] == [S1]


async def test_mode_change_silences_what_the_new_mode_hides_within_a_second(rig: Rig, client: Client) -> None:
    async with client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
        rig.facts.put(edge(N2, NORTH).model_copy(update={"mode": Mode.COOPERATIVE}))
        before = await until(reader, "live")
        rig.state(campus_record(N2, CANTEEN, 99))
        rig.rollup(rollup_record(NORTH, CANTEEN, 99))
        rig.alert(AlertMaker(N2).record(1))
        rig.state(campus_record(N1, CANTEEN, 100))
        after = await until(reader, "campus")
    assert [event.name for event in before[:2]] == ["resync", "snapshot"]
    assert [(event.name, event.data["campus_id"]) for event in after] == [("campus", N1)]


async def test_mode_change_that_a_date_brings_ends_what_was_seen(rig: Rig, client: Client) -> None:
    rig.facts.put(edge(N2, NORTH, until_ms=NOW_MS + 1_000))
    async with client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
        assert isinstance(rig.clock, ManualClock)
        rig.clock.instant_ms += 1_000
        assert [event.name for event in await until(reader, "live")][:2] == ["resync", "snapshot"]


async def test_counts_only_are_told_without_the_small_ones(rig: Rig, client: Client) -> None:
    rig.facts.put(edge(N2, NORTH).model_copy(update={"mode": Mode.CO_BUILT}))
    async with client.stream(SUPERVISOR, f"?scope=campus:{N2}") as reader:
        await until(reader, "live")
        rig.state(campus_record(N2, CANTEEN, 4))
        first = (await until(reader, "aggregate"))[-1]
        rig.state(campus_record(N2, CANTEEN, 5))
        second = (await until(reader, "aggregate"))[-1]
    assert first.data == {"campus_id": N2, "system": CANTEEN, "counts": {"n": None}, "watermark_ms": NOW_MS - 120_000}
    assert second.data["counts"] == {"n": 5}


async def test_severe_alerts_are_told_to_whoever_sees_only_those(rig: Rig, client: Client) -> None:
    maker = AlertMaker(N2)
    async with client.stream(bearer("city")) as reader:
        await until(reader, "live")
        rig.alert(maker.record(1, severity=3))
        rig.alert(maker.record(2, severity=2))
        event = (await until(reader, "alert"))[-1]
    assert event.data["severity"] == 2


async def test_cursor_from_before_a_change_of_members_is_answered_with_resync(rig: Rig, client: Client) -> None:
    async with client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
    rig.facts.put(edge(S1, NORTH))
    async with client.stream(SUPERVISOR, last_id=reader.last_id) as again:
        events = await until(again, "live")
    assert events[0].data == {"reason": "other_scope"}
    assert S1 in events[1].data["campuses"]


async def test_idle_stream_is_kept_awake_and_its_cursor_moves_on() -> None:
    rig = Rig(settings=ApiSettings(heartbeat_s=0.1))
    async with serving(rig.context()) as client, client.stream(SUPERVISOR) as reader:
        before = (await until(reader, "live"))[-1].last_id
        rig.alert(AlertMaker(S1).record(1))
        drain = asyncio.create_task(until(reader, "never"))
        await eventually(lambda: reader.last_id != before)
        drain.cancel()
        await asyncio.gather(drain, return_exceptions=True)
    assert reader.comments > 0


async def test_stream_ends_with_its_lifetime() -> None:
    rig = Rig(settings=ApiSettings(stream_lifetime_s=0.2))
    async with serving(rig.context()) as client, client.stream(SUPERVISOR) as reader:
        assert (await until(reader, "goodbye"))[-1].data["reason"] == "lifetime"


async def test_full_process_admits_no_more_streams() -> None:
    rig = Rig(settings=ApiSettings(streams_max=1))
    async with serving(rig.context()) as client, client.stream(SUPERVISOR) as reader:
        await until(reader, "live")
        async with client.http.get(f"{client.base}/v1/live", headers=bearer("bureau")) as response:
            assert response.status == 503


async def test_token_holds_no_more_streams_than_its_share_and_gets_them_back() -> None:
    rig = Rig(settings=ApiSettings(streams_per_viewer=2))
    async with serving(rig.context()) as client:
        async with client.stream(SUPERVISOR) as one, client.stream(SUPERVISOR) as two:
            await until(one, "live")
            await until(two, "live")
            async with client.http.get(f"{client.base}/v1/live", headers=SUPERVISOR) as response:
                assert (response.status, response.headers["Retry-After"]) == (429, "5")
            async with client.stream(bearer("principal")) as other:
                await until(other, "live")
        await eventually(lambda: not rig.hub.open_streams)
        async with client.stream(SUPERVISOR) as again:
            await until(again, "live")
