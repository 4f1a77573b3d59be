"""What is missing is named, and alerts stand among the events."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas.partitioning import partition_of
from streams.archive.settings import StoreSettings
from tests.api.support.history import MORNING_MS, history_api
from tests.api.support.replays import END_MS, Morning, Replays, entries_of, named
from tests.api.support.serving import PARTITIONS
from tests.api.support.world import FORMER, N1, N2, S1

pytestmark = pytest.mark.engine
MINUTE_MS = 60_000


def minute(number: int) -> int:
    return MORNING_MS + number * MINUTE_MS


@pytest.fixture
def morning(database: StoreSettings) -> Morning:
    return Morning(database)


@pytest.fixture
async def replays(morning: Morning) -> AsyncIterator[Replays]:
    async with history_api(morning.store) as api:
        yield Replays(api)


def close(morning: Morning, campus_id: str) -> None:
    """Something after the hour, so that the archive has reached its end."""
    morning.archive([morning.event(campus_id, END_MS + MINUTE_MS)])


async def gaps_of(replays: Replays, campus_id: str, **asked: Any) -> list[Any]:  # noqa: ANN401 — JSON
    return named(await replays.lines(await replays.make([f"campus:{campus_id}"], **asked)), "gap")


async def test_numbers_that_a_source_left_out_are_named_before_the_event_after_them(
    morning: Morning, replays: Replays
) -> None:
    morning.archive([morning.event(N1, minute(number), skip=3 if number == 5 else 0) for number in range(10)])
    close(morning, N1)
    lines = await replays.lines(await replays.make([f"campus:{N1}"]))
    at = next(number for number, line in enumerate(lines) if line.startswith(b'{"gap":'))
    gap = json.loads(lines[at])["gap"]
    assert (gap["reason"], gap["first_sequence"], gap["last_sequence"], gap["missing"]) == ("sequence", 6, 8, 3)
    assert gap["at_ms"] == minute(5)
    assert [json.loads(line)["at_ms"] for line in entries_of(lines[:at])] == [minute(number) for number in range(5)]


async def test_source_that_also_speaks_of_what_is_not_shown_has_no_gap_there(
    morning: Morning, replays: Replays
) -> None:
    source = f"urn:campanile:edge:{N1}:canteen"
    events = []
    for number in range(12):
        campus_id = N1 if number % 2 else N2
        raw, _, occurred_ms, received_ms = morning.event(campus_id, minute(number))
        body = json.loads(raw) | {"source": source, "sequence": str(number), "id": str(number)}
        events.append((json.dumps(body).encode(), campus_id, occurred_ms, received_ms))
    morning.archive([made for made in events if json.loads(made[0])["sequence"] != "6"])
    close(morning, N1)
    found = await gaps_of(replays, N1)
    assert [(gap["first_sequence"], gap["last_sequence"]) for gap in found] == [(6, 6)]


async def test_records_that_were_lost_before_they_were_archived_are_named(morning: Morning, replays: Replays) -> None:
    morning.archive([morning.event(N1, minute(number)) for number in range(3)])
    first, last = morning.lose(N1, 50)
    morning.archive([morning.event(N1, minute(number)) for number in range(30, 33)])
    close(morning, N1)
    (gap,) = await gaps_of(replays, N1)
    assert (gap["reason"], gap["first_offset"], gap["last_offset"]) == ("lost", first, last)
    assert (gap["from_ms"], gap["to_ms"]) == (minute(2) + 250, minute(32) + 250)
    assert partition_of(N2, PARTITIONS) != partition_of(N1, PARTITIONS)
    close(morning, N2)
    assert await gaps_of(replays, N2) == []


async def test_tail_that_is_not_archived_yet_is_said_to_be_missing(morning: Morning, replays: Replays) -> None:
    morning.archive([morning.event(N1, minute(number)) for number in range(20)])
    (gap,) = await gaps_of(replays, N1)
    assert (gap["reason"], gap["from_ms"], gap["to_ms"]) == ("not_archived", minute(19) + 250, END_MS)
    close(morning, N1)
    assert await gaps_of(replays, N1) == []


async def test_alerts_stand_among_the_events_in_order(morning: Morning, replays: Replays) -> None:
    morning.archive([morning.event(N1, minute(number)) for number in range(10)])
    morning.alert(N1, minute(3) + 1)
    morning.alert(N1, minute(7), state="cleared")
    morning.alert(S1, minute(4))
    close(morning, N1)
    lines = await replays.lines(await replays.make([f"campus:{N1}"]))
    told = [(alert["at_ms"], alert["state"]) for alert in named(lines, "alert")]
    assert told == [(minute(3) + 1, "open"), (minute(7), "cleared")]
    instants = [
        (found.get("alert") or found)["at_ms"]
        for found in map(json.loads, lines)
        if "event" in found or "alert" in found
    ]
    assert instants == sorted(instants)
    received = await replays.lines(await replays.make([f"campus:{N1}"], clock="received"))
    assert [alert["at_ms"] for alert in named(received, "alert")] == [minute(3) + 1_001, minute(7) + 1_000]


async def test_marks_are_neither_repeated_nor_left_out_by_a_run_that_goes_on(
    morning: Morning, replays: Replays
) -> None:
    morning.archive([morning.event(N1, minute(number), skip=number % 3) for number in range(10)])
    for number in (2, 2, 5):
        morning.alert(N1, minute(number))
    replay = await replays.make([f"campus:{N1}"])
    whole = await replays.lines(replay)
    shown = [line for line in whole if b'"cursor"' not in line and b'"pace"' not in line]
    for cursor in named(whole, "cursor"):
        at = whole.index(b'{"cursor":"%b"}' % cursor.encode())
        before = [line for line in whole[:at] if b'"cursor"' not in line and b'"pace"' not in line]
        rest = await replays.lines(replay, cursor)
        assert before + [line for line in rest if b'"cursor"' not in line and b'"pace"' not in line] == shown


async def test_jump_goes_to_the_nearest_alert_and_says_when_there_is_none(morning: Morning, replays: Replays) -> None:
    morning.archive([morning.event(N1, minute(number)) for number in range(10)])
    for number in (3, 6):
        morning.alert(N1, minute(number))
    replay = await replays.make([f"campus:{N1}"], paused=True)
    path = f"/v1/replays/{replay['replay_id']}"
    for jump, expected_ms in (("next_alert", minute(3)), ("next_alert", minute(6)), ("previous_alert", minute(3))):
        status, state = await replays.send("PATCH", path, {"jump": jump})
        assert (status, state["at_ms"]) == (200, expected_ms)
    status, problem = await replays.send("PATCH", path, {"jump": "previous_alert"})
    assert (status, problem["code"]) == (409, "CAMP-172")


async def test_former_member_is_replayed_only_for_its_time(morning: Morning, replays: Replays) -> None:
    morning.archive([morning.event(FORMER, minute(number)) for number in range(3)])
    replays.who = "supervisor"
    assert len(entries_of(await replays.lines(await replays.make([f"campus:{FORMER}"])))) == 3
