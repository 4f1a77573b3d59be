"""Two stream workers of one product: one dies, both are rolled, one sleeps through its session; the result is exact."""

import asyncio
import json
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.end_to_end.topics import wait_until_folded
from tests.faults.product_load import Stage, county_product

pytestmark = [pytest.mark.engine, pytest.mark.slow]

FOLDED_WITHIN_S = 240.0
ENOUGH_EVENTS = 200
FENCED = 70
HANGS = -signal.SIGKILL
"""How the supervisor ends what has slept for half a minute, which a loaded machine may make of a shorter sleep."""


async def fault(stage: Stage, name: str, number: signal.Signals) -> None:
    """Under load, end a worker with a signal; it comes back and takes its share of the partitions again."""
    await stage.acknowledged(ENOUGH_EVENTS)
    await stage.comes_back(name, stage.product.kill(name, number))
    await asyncio.to_thread(stage.wait_until_ready)


async def oversleep(stage: Stage, name: str) -> None:
    """Stop a worker until the other has taken over its partitions, and let it find out."""
    await stage.acknowledged(ENOUGH_EVENTS)
    pid = stage.product.kill(name, signal.SIGSTOP)
    try:
        await stage.acknowledged(ENOUGH_EVENTS)
        await wait_until_folded(stage.product.running.bootstrap, FOLDED_WITHIN_S)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    await stage.comes_back(name, pid)


def exit_codes(stage: Stage, name: str) -> list[int]:
    """How a worker has ended each time, as the supervisor says."""
    lines = (stage.product.data_dir / "output.txt").read_text(encoding="utf-8").splitlines()
    said = [json.loads(line) for line in lines if line.startswith("{")]
    return [one["exit_code"] for one in said if one["event"] == "process_ended" and one["process"] == name]


async def test_two_workers_killed_rolled_and_fenced_lose_and_double_nothing(tmp_path: Path) -> None:
    with county_product(tmp_path, SUPERVISOR__WORKERS="2") as stage:
        async with stage.under_load():
            await fault(stage, "streams-1", signal.SIGKILL)
            for name in ("streams-1", "streams-2"):
                await fault(stage, name, signal.SIGTERM)
            await oversleep(stage, "streams-2")
        outcome = await asyncio.to_thread(stage.outcome)
        first, second = (exit_codes(stage, name) for name in ("streams-1", "streams-2"))
    assert stage.wrongs(outcome) == {}
    assert first == [-signal.SIGKILL, 0]
    assert second in ([0, FENCED], [0, HANGS])
