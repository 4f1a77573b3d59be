"""Changing a replay while it runs, who may, and what is written down of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from api.access.entries import Entry
from schemas.registry import Role
from streams.archive.settings import StoreSettings
from streams.systems import systems
from tests.api.support.history import MORNING_MS, Book, History, history_api
from tests.api.support.replays import END_MS, PATH, Morning, Replays, digest_of, entries_of, named
from tests.api.support.serving import Rig, serving
from tests.api.support.sse import Event
from tests.api.support.world import N1, N2, NOW_MS, S1, viewer

pytestmark = pytest.mark.engine
OWN = [f"campus:{N2}"]


@pytest.fixture
def morning(database: StoreSettings) -> Morning:
    """An event of two campuses every half minute, and one about a pupil."""
    found = Morning(database)
    found.archive(
        [found.event(campus_id, MORNING_MS + number * 30_000) for number in range(100) for campus_id in (N1, N2)]
    )
    boarded = "school_bus.pupil.boarded.v1"
    found.archive([found.event(N2, MORNING_MS + 1_000, type_name=boarded, data={"pupil": "sealed"})])
    return found


@pytest.fixture
async def replays(morning: Morning) -> AsyncIterator[Replays]:
    async with history_api(morning.store) as api:
        yield Replays(api)


async def following(reader: AsyncIterator[Event], name: str) -> Event:
    """The next event of a name."""
    async with asyncio.timeout(60):
        async for event in reader:
            if event.name == name:
                return event
    raise AssertionError(f"the stream ended without {name}")


async def shown(reader: AsyncIterator[Event], at_least: int) -> int:
    """How many events are shown until there are so many; they may come in several portions."""
    count = 0
    while count < at_least:
        count += len((await following(reader, "events")).data)
    return count


async def change(replays: Replays, replay: dict[str, Any], **changes: Any) -> tuple[int, Any]:  # noqa: ANN401 — JSON
    return await replays.send("PATCH", f"{PATH}/{replay['replay_id']}", changes)


async def test_paused_replay_shows_what_it_is_stepped_and_nothing_else(replays: Replays) -> None:
    replay = await replays.make(OWN, paused=True, systems=["canteen"])
    async with replays.events(replay) as reader:
        assert (await following(reader, "pace")).data["paused"] is True
        for _ in range(3):
            await change(replays, replay, step=4)
            assert await shown(reader, 4) == 4
        state = (await replays.send("GET", f"{PATH}/{replay['replay_id']}"))[1]
        assert (state["shown"], state["at_ms"], state["paused"]) == (12, MORNING_MS + 11 * 30_000, True)
        await change(replays, replay, paused=False)
        assert (await following(reader, "end")).data["count"] == 100


async def test_seek_starts_a_digest_of_its_own(morning: Morning, replays: Replays) -> None:
    replay = await replays.make(OWN, paused=True, systems=["canteen"])
    async with replays.events(replay) as reader:
        await change(replays, replay, step=2)
        await following(reader, "events")
        half_ms = MORNING_MS + 1_500_000
        status, state = await change(replays, replay, seek_ms=half_ms, paused=False, speed="max")
        assert (status, state["at_ms"], state["shown"]) == (200, half_ms, 0)
        assert (await following(reader, "seek")).data["at_ms"] == half_ms
        end = (await following(reader, "end")).data
    rest = [sent.entry() for sent in morning.sent if sent.campus_id == N2 and sent.occurred_ms >= half_ms]
    assert end == {"from_ms": half_ms, "count": 50, "digest": digest_of(rest)}


async def test_change_of_pace_is_told_on_the_stream(replays: Replays) -> None:
    replay = await replays.make(OWN, speed=1)
    async with replays.events(replay) as reader:
        assert (await following(reader, "pace")).data["speed"] == 1
        await following(reader, "events")
        await change(replays, replay, speed=600)
        assert (await following(reader, "pace")).data["speed"] == 600
        await change(replays, replay, paused=True)
        assert (await following(reader, "pace")).data["paused"] is True


async def test_ended_replay_says_goodbye_and_is_gone(replays: Replays) -> None:
    replay = await replays.make(OWN, paused=True)
    async with replays.events(replay) as reader:
        await following(reader, "pace")
        assert (await replays.send("DELETE", f"{PATH}/{replay['replay_id']}"))[0] == 204
        assert (await following(reader, "goodbye")).data["reason"] == "ended"
    assert (await replays.send("GET", f"{PATH}/{replay['replay_id']}"))[0] == 404


async def test_second_stream_takes_the_place_of_the_first(replays: Replays) -> None:
    replay = await replays.make(OWN, paused=True)
    async with replays.events(replay) as first:
        await following(first, "pace")
        async with replays.events(replay) as second:
            await following(second, "pace")
            assert (await following(first, "goodbye")).data["reason"] == "displaced"
            await change(replays, replay, step=1)
            assert len((await following(second, "events")).data) == 1


async def test_replay_of_somebody_else_does_not_exist(replays: Replays) -> None:
    replay = await replays.make(OWN)
    for who in ("principal", "supervisor", "auditor"):
        replays.who = who
        for method in ("GET", "PATCH", "DELETE"):
            status, _ = await replays.send(method, f"{PATH}/{replay['replay_id']}", {} if method == "PATCH" else None)
            assert status == 404
    replays.who = "operator"
    assert (await replays.send("GET", f"{PATH}/{replay['replay_id']}"))[0] == 403


async def test_nobody_is_shown_pupils_who_may_not_read_of_them(replays: Replays) -> None:
    lines = await replays.lines(await replays.make(OWN))
    assert [line for line in lines if b"pupil" in line] == []
    assert len(entries_of(lines)) == 100


async def test_auditor_sees_what_the_asked_role_could_see_and_never_more(replays: Replays) -> None:
    replays.who = "auditor"
    own = entries_of(await replays.lines(await replays.make([f"campus:{N1}", *OWN])))
    asked = {"as_role": "principal", "as_scope": [f"campus:{N2}", f"campus:{S1}"]}
    theirs = entries_of(await replays.lines(await replays.make([f"campus:{N1}", *OWN], **asked)))
    assert set(theirs) <= set(own)
    replays.who = "bureau"
    body = {"scope": OWN, "from_ms": MORNING_MS, "to_ms": END_MS, "purpose": "核查早晨", **asked}
    assert (await replays.send("POST", PATH, body))[0] == 403


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"purpose": "x"}, 422),
        ({"to_ms": MORNING_MS}, 422),
        ({"to_ms": MORNING_MS + 400 * 86_400_000}, 422),
        ({"systems": ["no_such_system"]}, 422),
        ({"speed": 601}, 422),
        ({"speed": 0}, 422),
        ({"scope": []}, 422),
        ({"as_role": "principal"}, 422),
        ({"scope": ["campus:no-such"]}, 404),
        ({"scope": [f"campus:{S1}"]}, 404),
        ({"unknown": 1}, 422),
    ],
)
async def test_replay_that_cannot_be_is_refused(replays: Replays, changes: dict[str, Any], status: int) -> None:
    body = {"scope": OWN, "from_ms": MORNING_MS, "to_ms": END_MS, "purpose": "核查早晨"} | changes
    assert (await replays.send("POST", PATH, body))[0] == status


async def test_changes_that_contradict_each_other_or_lead_outside_are_refused(replays: Replays) -> None:
    replay = await replays.make(OWN, paused=True)
    for changes in ({"seek_ms": END_MS}, {"seek_ms": MORNING_MS - 1}, {"step": 0}, {"step": 1, "seek_ms": MORNING_MS}):
        assert (await change(replays, replay, **changes))[0] == 422


async def test_cursor_of_another_replay_is_refused(replays: Replays) -> None:
    cursor = named(await replays.lines(await replays.make(OWN)), "cursor")[0]
    other = await replays.make([f"campus:{N1}"])
    with pytest.raises(AssertionError, match="CAMP-171"):
        await replays.lines(other, cursor)


def looks(book: Book) -> list[tuple[str, int, int]]:
    """Campus and interval of every recorded replay."""
    return [(entry.campus_id, entry.data["from_ms"], entry.data["to_ms"]) for entry in replay_entries(book)]


def replay_entries(book: Book) -> list[Entry]:
    return [entry for entry in book.entries if entry.data.get("kind") == "replay"]


async def test_start_jump_and_end_are_on_record_with_their_purpose(replays: Replays) -> None:
    replay = await replays.make(OWN, paused=True)
    assert looks(replays.history.book) == []
    async with replays.events(replay) as reader:
        await following(reader, "pace")
        await change(replays, replay, seek_ms=MORNING_MS + 3_000_000 - 1, speed="max", paused=False)
        await following(reader, "end")
    async with asyncio.timeout(60):
        while len(looks(replays.history.book)) < 3:  # noqa: ASYNC110 — the end is recorded after the answer has ended
            await asyncio.sleep(0.01)
    assert looks(replays.history.book) == [
        (N2, MORNING_MS, END_MS),
        (N2, MORNING_MS + 3_000_000 - 1, END_MS),
        (N2, MORNING_MS + 3_000_000 - 1, END_MS),
    ]
    assert {entry.data["purpose"] for entry in replay_entries(replays.history.book)} == {"核查早晨"}


async def test_nothing_is_shown_that_cannot_be_recorded(morning: Morning) -> None:
    context = replace(Rig(store=morning.store).context(), systems=systems())
    async with serving(context) as client:
        replays = Replays(History(client, Book()))
        replay = await replays.make(OWN)
        with pytest.raises(AssertionError, match="CAMP-4"):
            await replays.lines(replay)
        for _ in range(6):  # and the streams that were refused are not counted as open
            with pytest.raises(AssertionError, match="CAMP-4"):
                await replays.lines(replay)
    context.store.close()


async def test_replay_outlives_its_process(morning: Morning) -> None:
    first = replace(Rig(store=morning.store).context(), systems=systems(), journal=Book())
    async with serving(first) as client:
        replays = Replays(History(client, Book()))
        replay = await replays.make(OWN)
        whole = await replays.lines(replay)
    first.store.close()
    second = replace(Rig(store=morning.store).context(), systems=systems(), journal=Book())
    second.replays.key = first.replays.key
    async with serving(second) as client:
        replays = Replays(History(client, Book()))
        rest = await replays.lines(replay, named(whole, "cursor")[0])
    second.store.close()
    assert named(rest, "end") == named(whole, "end")


async def test_reader_whose_token_is_revoked_sees_no_more(morning: Morning) -> None:
    rig = Rig(store=morning.store)
    context = replace(rig.context(), systems=systems(), journal=Book())
    async with serving(context) as client:
        replays = Replays(History(client, Book()))
        replay = await replays.make(OWN, paused=True)
        async with replays.events(replay) as reader:
            await following(reader, "pace")
            rig.facts.put(viewer("bureau", Role.BUREAU, "area:4201", revoked=True))
            assert (await following(reader, "goodbye")).data["reason"] == "authority_changed"
    context.store.close()


async def test_id_stops_working_after_a_week(morning: Morning) -> None:
    assert NOW_MS > MORNING_MS
    rig = Rig(store=morning.store)
    context = replace(rig.context(), systems=systems(), journal=Book())
    async with serving(context) as client:
        replays = Replays(History(client, Book()))
        replay = await replays.make(OWN)
        rig.clock.instant_ms += 7 * 86_400_000  # type: ignore[attr-defined]  # the rig's clock is a manual one
        assert (await replays.send("GET", f"{PATH}/{replay['replay_id']}"))[0] == 404
    context.store.close()
