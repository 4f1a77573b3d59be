"""`campanile replay` as a process, against a running API over a real store."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest

from schemas.tokens import derive_token
from streams.archive.settings import StoreSettings
from tests.api.support.history import MORNING_MS, History, history_api
from tests.api.support.replays import Morning, digest_of, entries_of, named
from tests.api.support.world import N1, N2

pytestmark = pytest.mark.engine
WHEN = ("--from", "2026-11-25T08:00:00+08:00", "--to", "2026-11-25T09:00:00+08:00", "--purpose", "核查早晨")


@pytest.fixture
def morning(database: StoreSettings) -> Morning:
    found = Morning(database)
    found.archive([found.event(it, MORNING_MS + number * 1_000) for number in range(30) for it in (N1, N2)])
    return found


@pytest.fixture
async def history(morning: Morning) -> AsyncIterator[History]:
    async with history_api(morning.store) as api:
        yield api


async def replayed(history: History, *arguments: str, who: str = "bureau") -> tuple[int, bytes, bytes]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.cli", "replay", *WHEN, "--api", history.client.base, *arguments),
        env=os.environ | {"CAMPANILE_TOKEN": derive_token("cvt", who.encode()).text},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out, err


async def test_every_event_of_two_campuses_is_printed_as_json_with_the_digest(
    morning: Morning, history: History
) -> None:
    code, out, err = await replayed(history, "--campus", N1, "--campus", N2, "--json")
    assert (code, err) == (0, b"")
    expected, lines = morning.expected([N1, N2]), out.splitlines()
    assert entries_of(lines) == expected
    assert named(lines, "end") == [{"from_ms": MORNING_MS, "count": 60, "digest": digest_of(expected)}]


async def test_words_for_people_and_states_are_printed(history: History) -> None:
    code, out, err = await replayed(history, "--campus", N1, "--clock", "received", "--speed", "600", "--states")
    assert (code, err) == (0, b"")
    lines = out.decode().splitlines()
    assert len([line for line in lines if "canteen.temp.sampled.v1" in line]) == 30
    assert [line for line in lines if "■ 状态 / state" in line and N1 in line and "canteen" in line]
    assert lines[-1].startswith("── 完 / end: 30 件")


async def test_refusal_is_told_in_the_words_of_the_api(history: History) -> None:
    code, out, err = await replayed(history, "--campus", "no-such", "--json")
    assert (code, out) == (1, b"")
    assert b"CAMP-603" in err
