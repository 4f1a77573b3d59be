"""State documents along with the events: at each instant what a question to the past answers."""

import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from api.live.withheld import without_riders
from streams.archive.settings import StoreSettings
from streams.archive.store_client import session
from tests.api.past.past_log import PastLog
from tests.api.support.history import History, history_api
from tests.api.support.replays import Replays, entries_of, named
from tests.api.support.world import N1, N2, NOW_MS, S1

pytestmark = pytest.mark.engine
FROM_MS = (NOW_MS - 1_800_000) // 5_000 * 5_000
TO_MS = FROM_MS + 21_000
ASKED = {"from_ms": FROM_MS, "to_ms": TO_MS, "states": True, "states_every_s": 5}
SCOPE = [f"campus:{N1}", f"campus:{N2}"]
SETTLE = (
    "INSERT INTO archive_ranges (partition, first_offset, last_offset, state, epoch, topic, records, events, "
    "unreadable, rank) SELECT partition, min(offset), max(offset), 'done', 1, 'campus.events', count(), 0, 0, 1 "
    "FROM frames GROUP BY partition"
)
State = dict[str, Any]


@pytest.fixture
def log(database: StoreSettings) -> PastLog:
    """Twenty-five seconds of three campuses, archived, with a few snapshots on the way."""
    made = PastLog((N1, N2, S1), FROM_MS - 2_000)
    for _ in range(5):
        made.run(frames=10)
        made.keep_snapshots(share=0.3)
    made.store(database)
    made.store_snapshots(database)
    with session(database) as client:
        client.execute(SETTLE)
    return made


@pytest.fixture
async def api(log: PastLog, database: StoreSettings) -> AsyncIterator[History]:  # noqa: ARG001 — it must be stored first
    async with history_api(database) as made:
        yield made


def timeless(status: State) -> State:
    return status | {"clock_ms": 0, "watermark_ms": 0}


async def past(api: History, at_ms: int, clock: str) -> dict[tuple[str, str], State]:
    """What the questions to the past answer, without the marks of riders."""
    found: dict[tuple[str, str], State] = {}
    for campus_id in (N1, N2):
        status, answer = await api.get(f"/v1/past/campuses/{campus_id}", at=at_ms, clock=clock)
        assert status == 200
        for system, told in answer["statuses"].items():
            found[campus_id, system] = json.loads(without_riders(msgspec.json.encode(told)))
    return found


@pytest.mark.parametrize(("clock", "past_clock"), [("received", "known"), ("occurred", "was")])
async def test_states_are_those_of_the_past_at_each_instant(api: History, clock: str, past_clock: str) -> None:
    replays = Replays(api)
    lines = await replays.lines(await replays.make(SCOPE, clock=clock, **ASKED))
    told: dict[int, list[State]] = {}
    for state in named(lines, "state"):
        told.setdefault(state["at_ms"], []).append(state)
    instants = list(range(FROM_MS, TO_MS, 5_000))
    assert list(told) == instants
    held: dict[tuple[str, str], State] = {}
    for at_ms in instants:
        expected = await past(api, at_ms, past_clock)
        for state in told[at_ms]:
            name = state["campus_id"], state["system"]
            assert state["status"] == expected[name]
            assert held.get(name) is None or timeless(held[name]) != timeless(state["status"])
            held[name] = state["status"]
        assert {name: timeless(status) for name, status in held.items()} == {
            name: timeless(status) for name, status in expected.items()
        }


async def test_states_stand_before_the_events_of_their_instant_and_leave_the_digest_alone(api: History) -> None:
    replays = Replays(api)
    lines = await replays.lines(await replays.make(SCOPE, clock="received", **ASKED))
    plain = await replays.lines(await replays.make(SCOPE, clock="received", from_ms=FROM_MS, to_ms=TO_MS))
    assert entries_of(lines) == entries_of(plain) != []
    assert named(lines, "end") == named(plain, "end")
    at_ms = 0
    for line in lines:
        found = json.loads(line)
        if "event" in found:
            assert found["at_ms"] >= at_ms
        elif "state" in found:
            at_ms = found["state"]["at_ms"]


async def test_whoever_comes_back_is_told_every_document_and_then_the_changes(api: History) -> None:
    replays = Replays(api)
    replay = await replays.make(SCOPE, clock="received", **ASKED)
    whole = await replays.lines(replay)
    third = b'{"state":{"at_ms":%d' % (FROM_MS + 10_000)
    cut = next(number for number, line in enumerate(whole) if line.startswith(third))
    after = next(number for number in range(cut, len(whole)) if whole[number].startswith(b'{"cursor"'))
    rest = await replays.lines(replay, json.loads(whole[after])["cursor"])
    assert named(rest, "end") == named(whole, "end")
    again, before = named(rest, "state"), named(whole[: after + 1], "state")
    newest = {(state["campus_id"], state["system"]): timeless(state["status"]) for state in before}
    baseline = [state for state in again if state["at_ms"] == FROM_MS + 10_000]
    assert {(it["campus_id"], it["system"]): timeless(it["status"]) for it in baseline} == newest
    assert again[len(baseline) :] == named(whole[after + 1 :], "state")


async def test_server_sent_states_carry_the_cursor_after_the_last_of_an_instant(api: History) -> None:
    replays = Replays(api)
    replay = await replays.make(SCOPE, clock="received", **ASKED)
    lines = named(await replays.lines(replay), "state")
    shown: list[State] = []
    async with replays.events(replay) as events:
        async for event in events:
            shown += [event.data] if event.name == "state" else []
    assert shown == lines


async def test_states_at_too_many_instants_are_refused(api: History) -> None:
    asked = {"from_ms": 0, "to_ms": 20_001_000, "states": True, "states_every_s": 1}
    body = {"scope": SCOPE, "purpose": "核查早晨", **asked}
    assert (await Replays(api).send("POST", "/v1/replays", body))[0] == 422
