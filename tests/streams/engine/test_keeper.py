"""The keeper on a real Kafka: restore, skip, heal, fence, and crashes between the steps of a flush."""

import asyncio

import msgspec
import pytest

from schemas.documents import decode_consortium_status, decode_progress, decode_stored, decode_summaries
from schemas.topics import ALERTS, DEADLETTER, EVENTS, INPUT, ROLLUP, STATE
from streams.engine.errors import FencedError
from streams.engine.stage import Wire
from streams.settings import StreamsSettings
from tests.streams.core.tally_system import HIGH_LEVEL, frame, reading
from tests.streams.engine.log_bench import (
    CONSORTIUM_STAGE,
    PARTITIONS,
    append,
    campus_stage,
    committed,
    documents,
    process,
    truth,
)

pytestmark = pytest.mark.engine
FRAMES = [
    frame(*(reading(number + step, campus=f"c-{step % 3}", gauge=f"g{step}") for step in range(5)))
    for number in range(1, 60, 2)
]


@pytest.fixture
def wire(kafka_bootstrap: str, prefix: str) -> Wire:
    return Wire(kafka_bootstrap, prefix, PARTITIONS)


async def progress(wire: Wire) -> int:
    return decode_progress((await documents(wire, STATE, 0))["@next"]).next_offset


async def without_progress(wire: Wire) -> dict[str, bytes]:
    found = await documents(wire, STATE, 0)
    found.pop("@next", None)
    return found


async def test_a_partition_is_brought_to_the_end_of_its_log_when_it_is_opened(wire: Wire) -> None:
    await append(wire, EVENTS, 0, FRAMES)
    async with process(wire) as worker:
        kept = await worker.keeper.open(0)
        assert kept is not None
        assert kept.next_offset == len(FRAMES)
        await worker.keeper.flush()
    assert await without_progress(wire) == truth(FRAMES)
    assert await progress(wire) == len(FRAMES)


async def test_a_new_owner_goes_on_from_what_was_written(wire: Wire) -> None:
    await append(wire, EVENTS, 0, FRAMES[:10])
    async with process(wire) as worker:
        await worker.keeper.open(0)
        await worker.keeper.flush()
    await append(wire, EVENTS, 0, FRAMES[10:])
    async with process(wire) as worker:
        await worker.keeper.open(0)
        await worker.keeper.flush()
    assert await without_progress(wire) == truth(FRAMES)


async def test_what_was_never_delivered_is_read_from_the_log_and_what_comes_twice_is_skipped(wire: Wire) -> None:
    async with process(wire) as worker:
        await worker.keeper.open(0)
        await append(wire, EVENTS, 0, FRAMES)
        for offset in (3, 3, 2, 9, 4, len(FRAMES) - 1, 0):
            await worker.keeper.receive(0, offset, FRAMES[offset])
        await worker.keeper.flush()
    assert await without_progress(wire) == truth(FRAMES)


async def test_an_owner_that_was_replaced_cannot_write(wire: Wire) -> None:
    await append(wire, EVENTS, 0, FRAMES[:5])
    async with process(wire) as old, process(wire) as new:
        await old.keeper.open(0)
        await old.keeper.flush()
        await new.keeper.open(0)
        await append(wire, EVENTS, 0, FRAMES[5:])
        await old.keeper.receive(0, 6, FRAMES[6])
        with pytest.raises(FencedError) as fenced:
            await old.keeper.flush()
        assert fenced.value.exit_code == 70
        await new.keeper.receive(0, len(FRAMES) - 1, FRAMES[-1])
        await new.keeper.flush()
    assert await without_progress(wire) == truth(FRAMES)


async def test_a_crash_after_the_lines_were_sent_repeats_them_and_loses_nothing(wire: Wire) -> None:
    await append(wire, EVENTS, 0, FRAMES)
    async with process(wire) as dying:
        await dying.keeper.receive(0, 0, FRAMES[0])
        await dying.keeper.flush()
        kept = dying.keeper.partitions[0]
        before = await documents(wire, STATE, 0)
        kept.fold(len(FRAMES), frame(reading(90)))
        await dying.announcer.announce(kept.ledger.harvest(everything=True).lines)
    assert await documents(wire, STATE, 0) == before
    await append(wire, EVENTS, 0, [frame(reading(90))])
    async with process(wire) as worker:
        await worker.keeper.open(0)
        await worker.keeper.flush()
    assert await without_progress(wire) == truth([*FRAMES, frame(reading(90))])
    async with process(wire, CONSORTIUM_STAGE) as worker:
        for partition in range(PARTITIONS):
            await worker.keeper.open(partition)
        await worker.keeper.flush()
    found = {
        key: value for number in range(PARTITIONS) for key, value in (await documents(wire, ROLLUP, number)).items()
    }
    rollup = decode_consortium_status(decode_stored(found["k-1/tally"]).status)
    assert rollup.devices_heard == 2
    assert rollup.campuses["c-1"].position == len(FRAMES)


async def test_a_crash_with_unwritten_freshness_counts_nothing_twice(wire: Wire) -> None:
    """The row of progress waits for the calm document; the busy one is ahead of it and skips what it holds."""
    newest, older = frame(reading(50)), frame(reading(20))
    busy = [frame(reading(number, campus="c-2")) for number in range(1, 5)]
    log = [newest, older, *busy]
    async with process(wire) as worker:
        await worker.keeper.open(0)
        await append(wire, EVENTS, 0, log)
        await worker.keeper.receive(0, 0, newest)
        await worker.keeper.flush()
        for offset in range(1, len(log)):
            await worker.keeper.receive(0, offset, log[offset])
        await worker.keeper.partitions[0].flush(whole=False)
    assert await progress(wire) == 1
    async with process(wire) as worker:
        await worker.keeper.open(0)
        await worker.keeper.flush()
    assert await without_progress(wire) == truth(log)


async def test_alerts_and_refusals_are_written_once_with_the_documents(wire: Wire) -> None:
    log = [frame(reading(1, level=HIGH_LEVEL)), b"junk", frame(reading(2)), frame(reading(3, type="tally.poison.v1"))]
    await append(wire, EVENTS, 0, log)
    for _ in range(2):
        async with process(wire) as worker:
            await worker.keeper.open(0)
            await worker.keeper.flush()
    alerts = [msgspec.json.decode(record.value) for record in await committed(wire, ALERTS, 0)]
    assert [(alert["rule"], alert["state"], alert["offset"]) for alert in alerts] == [
        ("tally.high", "open", 0),
        ("tally.high", "cleared", 2),
    ]
    letters = await committed(wire, DEADLETTER, 0)
    assert sorted(dict(letter.headers)["reason"] for letter in letters) == [b"fold_failed", b"unreadable_record"]


async def test_a_visible_change_is_written_without_being_asked(wire: Wire) -> None:
    async with process(wire, settings=StreamsSettings(flush_visible_ms=50)) as worker:
        await worker.keeper.open(0)
        await append(wire, EVENTS, 0, FRAMES[:3])
        for offset in range(3):
            await worker.keeper.receive(0, offset, FRAMES[offset])
        async with asyncio.timeout(60):
            while await without_progress(wire) != truth(FRAMES[:3]):  # noqa: ASYNC110 — the topic cannot wake us
                await asyncio.sleep(0.05)
        assert worker.failure.error is None


async def test_a_changed_membership_is_told_even_if_nothing_else_happens(wire: Wire) -> None:
    consortia = {"c-1": ("k-1",)}
    await append(wire, EVENTS, 0, [frame(reading(1))])
    for told in (("k-1",), ("k-2",)):
        consortia["c-1"] = told
        async with process(wire, campus_stage(lambda campus: consortia[campus])) as worker:
            await worker.keeper.open(0)
            await worker.keeper.flush()
    lines = [
        (line.consortium_id, line.member)
        for partition in range(PARTITIONS)
        for record in await committed(wire, INPUT, partition)
        for line in decode_summaries(record.value)
    ]
    assert sorted(lines) == [("k-1", False), ("k-1", True), ("k-2", True)]


async def test_a_partition_of_another_process_is_not_opened(wire: Wire) -> None:
    async with process(wire) as worker:
        worker.keeper._is_mine = lambda _partition: False
        await worker.keeper.receive(0, 0, FRAMES[0])
        assert worker.keeper.partitions == {}
