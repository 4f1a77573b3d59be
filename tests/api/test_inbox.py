"""The queue between hub and reader: joined writes, bounds, interruptions."""

import asyncio

import pytest

from api.live.inbox import JOIN_BYTES, Inbox, Interrupt


async def test_what_was_queued_comes_in_one_write() -> None:
    inbox = Inbox(256, 1 << 20)
    for frame in (b"a", b"b", b"c"):
        assert inbox.offer(frame)
    assert await inbox.take() == (b"abc", 3)


async def test_waiting_reader_is_woken_by_an_offer() -> None:
    inbox = Inbox(256, 1 << 20)
    reader = asyncio.create_task(inbox.take())
    await asyncio.sleep(0)
    assert inbox.is_idle()
    inbox.offer(b"a")
    assert await reader == (b"a", 1)
    assert not inbox.is_idle()


async def test_one_write_stays_small_and_nothing_is_lost_or_reordered() -> None:
    inbox = Inbox(256, 8 << 20)
    frames = [bytes([n]) * 30_000 for n in range(10)]
    for frame in frames:
        inbox.offer(frame)
    writes: list[bytes] = []
    while sum(map(len, writes)) < 300_000:
        body, _ = await inbox.take()
        assert len(body) <= JOIN_BYTES
        writes.append(body)
    assert b"".join(writes) == b"".join(frames)


async def test_frame_larger_than_a_write_goes_alone() -> None:
    inbox = Inbox(256, 8 << 20)
    inbox.offer(b"x" * (JOIN_BYTES + 1))
    inbox.offer(b"y")
    assert [(len(body), count) for body, count in (await inbox.take(), await inbox.take())] == [
        (JOIN_BYTES + 1, 1),
        (1, 1),
    ]


@pytest.mark.parametrize(("frames_max", "bytes_max"), [(3, 1 << 20), (256, 3)])
async def test_reader_that_does_not_keep_up_is_cut_and_its_queue_let_go(frames_max: int, bytes_max: int) -> None:
    inbox = Inbox(frames_max, bytes_max)
    assert [inbox.offer(b"x") for _ in range(4)] == [True, True, True, False]
    assert inbox.interrupt == "slow"
    assert await inbox.take() == (b"", 0)


@pytest.mark.parametrize("reason", ["shutdown", "unauthorised", "scope_changed"])
async def test_interrupted_reader_is_told_nothing_more(reason: Interrupt) -> None:
    inbox = Inbox(256, 1 << 20)
    inbox.offer(b"not for it any more")
    inbox.stop(reason)
    assert await inbox.take() == (b"", 0)
    assert inbox.interrupt == reason


async def test_first_final_reason_stands_but_a_change_of_scope_yields_to_it() -> None:
    inbox = Inbox(256, 1 << 20)
    inbox.stop("scope_changed")
    inbox.stop("shutdown")
    inbox.stop("lifetime")
    assert inbox.interrupt == "shutdown"
