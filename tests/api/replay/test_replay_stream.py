"""A morning replayed over a real store: order, once each, the same digest whatever interrupts it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from streams.archive.settings import StoreSettings
from streams.archive.store_client import session
from tests.api.support.history import MORNING_MS, history_api
from tests.api.support.replays import END_MS, Morning, Replays, digest_of, entries_of, named
from tests.api.support.world import N1, N2, NORTH, S1

pytestmark = pytest.mark.engine
BOTH = [f"campus:{N1}", f"campus:{N2}"]
COUNT = 150


@pytest.fixture
def morning(database: StoreSettings) -> Morning:
    """An event of each of three campuses every ten seconds; every fifth comes half an hour late."""
    found = Morning(database)
    found.archive(
        [
            found.event(campus_id, at_ms, received_ms=at_ms + (1_800_000 if number % 5 == 0 else 250))
            for number in range(COUNT)
            for at_ms in (MORNING_MS + number * 10_000,)
            for campus_id in (N1, N2, S1)
        ]
    )
    return found


@pytest.fixture
async def replays(morning: Morning) -> AsyncIterator[Replays]:
    async with history_api(morning.store) as api:
        yield Replays(api)


@pytest.mark.parametrize("clock", ["occurred", "received"])
async def test_events_of_several_campuses_come_in_one_order_with_their_own_bytes(
    morning: Morning, replays: Replays, clock: str
) -> None:
    lines = await replays.lines(await replays.make(BOTH, clock=clock))
    expected = morning.expected([N1, N2], clock)
    assert len(expected) == 2 * COUNT
    assert entries_of(lines) == expected
    assert named(lines, "end") == [{"from_ms": MORNING_MS, "count": 2 * COUNT, "digest": digest_of(expected)}]


async def test_server_sent_events_show_the_same(morning: Morning, replays: Replays) -> None:
    replay = await replays.make(BOTH)
    shown: list[Any] = []
    end = None
    async with replays.events(replay) as events:
        async for event in events:
            shown += event.data if event.name == "events" else []
            end = event.data if event.name == "end" else end
    expected = morning.expected([N1, N2])
    assert shown == [json.loads(entry) for entry in expected]
    assert end is not None
    assert end["digest"] == digest_of(expected)


async def test_run_that_is_cut_off_anywhere_goes_on_with_the_same_digest(replays: Replays) -> None:
    replay = await replays.make(BOTH, speed=600, paused=True)
    whole = await replays.lines(await replays.make(BOTH))
    shown, last_id = [], None
    for events in (1, 7, 60, 100):
        await replays.send("PATCH", f"/v1/replays/{replay['replay_id']}", {"step": events})
        async with replays.events(replay, last_id) as reader:
            count = 0
            async for event in reader:
                if event.name == "events":
                    shown += event.data
                    count += len(event.data)
                    last_id = event.last_id
                if count == events:
                    break
    await replays.send("PATCH", f"/v1/replays/{replay['replay_id']}", {"speed": "max", "paused": False})
    rest = await replays.lines(replay, last_id)
    assert shown + [json.loads(line) for line in entries_of(rest)] == [json.loads(line) for line in entries_of(whole)]
    assert named(rest, "end") == named(whole, "end")


async def test_every_cursor_line_is_a_place_to_go_on_from(replays: Replays) -> None:
    replay = await replays.make(BOTH)
    whole = await replays.lines(replay)
    for cursor in named(whole, "cursor"):
        rest = await replays.lines(replay, cursor)
        assert named(rest, "end") == named(whole, "end")


async def test_what_is_archived_later_does_not_change_a_replay(morning: Morning, replays: Replays) -> None:
    replay = await replays.make(BOTH)
    before = named(await replays.lines(replay), "end")
    morning.archive([morning.event(N1, MORNING_MS + 5_000 + number) for number in range(9)])
    assert named(await replays.lines(replay), "end") == before
    assert named(await replays.lines(await replays.make(BOTH)), "end")[0]["count"] == 2 * COUNT + 9


async def test_event_that_was_sent_twice_is_shown_once_where_it_stood_first(morning: Morning, replays: Replays) -> None:
    once = morning.expected([N1])
    at_ms = MORNING_MS + 30_000
    raw, campus_id, occurred_ms, received_ms = morning.event(N1, at_ms, event_id="twice")
    copy = raw.replace(b'"receivedms":"', b'"receivedms":"9')
    morning.archive([(one, campus_id, occurred_ms, received_ms) for one in (raw, copy)], per_frame=1)
    lines = await replays.lines(await replays.make([f"campus:{N1}"]))
    assert len(entries_of(lines)) == len(once) + 1
    assert [line for line in entries_of(lines) if b'"twice"' in line] == [morning.sent[-2].entry()]


async def test_event_whose_bytes_have_passed_their_retention_is_written_anew_and_says_so(
    morning: Morning, replays: Replays
) -> None:
    with session(morning.store) as client:
        client.execute("ALTER TABLE frames DELETE WHERE offset < 3 SETTINGS mutations_sync = 1")
    lines = entries_of(await replays.lines(await replays.make(BOTH)))
    expected = [json.loads(entry) for entry in morning.expected([N1, N2])]
    assert len(lines) == len(expected)
    rewritten = [json.loads(line) for line in lines if b'"original":false' in line]
    assert len(rewritten) == 2 * 3 * 7
    for found in rewritten:
        same = next(
            one
            for one in expected
            if one["event"]["id"] == found["event"]["id"] and one["event"]["source"] == found["event"]["source"]
        )
        assert found["event"]["data"] == same["event"]["data"]
        assert found["event"]["occurredms"] == same["event"]["occurredms"]
        assert found["event"]["sequence"] == same["event"]["sequence"]


async def test_consortium_and_area_are_their_campuses(morning: Morning, replays: Replays) -> None:
    expected = morning.expected([N1, N2])
    for scope in (f"consortium:{NORTH}", "area:4201"):
        assert entries_of(await replays.lines(await replays.make([scope]))) == expected


async def test_paced_replay_shows_the_same_as_one_without_pace(morning: Morning, replays: Replays) -> None:
    morning.archive([morning.event(N1, END_MS - 5_000 + number * 20) for number in range(40)])
    asked = {"from_ms": END_MS - 5_000, "to_ms": END_MS - 4_000}
    fast = named(await replays.lines(await replays.make(BOTH, **asked)), "end")
    assert fast[0]["count"] == 40
    assert named(await replays.lines(await replays.make(BOTH, speed=20, **asked)), "end") == fast
