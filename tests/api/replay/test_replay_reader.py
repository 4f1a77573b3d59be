"""The command's reader against the API over a real store."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from deploy.replay_reader import ReplayReader, ReplayRefusedError, words_of
from schemas.errors import UnreachableError
from schemas.tokens import derive_token
from streams.archive.settings import StoreSettings
from tests.api.support.history import MORNING_MS, History, history_api
from tests.api.support.replays import END_MS, Morning, digest_of, entries_of
from tests.api.support.world import N1, S1

ORDER = {"from_ms": MORNING_MS, "to_ms": END_MS, "purpose": "核查早晨", "speed": "max"}
TOKEN = derive_token("cvt", b"bureau").text


@pytest.fixture
def morning(database: StoreSettings) -> Morning:
    found = Morning(database)
    found.archive([found.event(N1, MORNING_MS + number * 1_000) for number in range(30)])
    return found


@pytest.fixture
async def history(morning: Morning) -> AsyncIterator[History]:
    async with history_api(morning.store) as api:
        yield api


@pytest.mark.engine
async def test_every_event_gap_and_the_end_are_read(morning: Morning, history: History) -> None:
    reader = ReplayReader(history.client.base, TOKEN, ORDER | {"scope": [f"campus:{N1}"]})
    lines = await asyncio.to_thread(lambda: list(reader.lines()))
    assert entries_of(lines) == morning.expected([N1])
    assert [json.loads(line)["gap"]["reason"] for line in lines if line.startswith(b'{"gap"')] == ["not_archived"]
    assert json.loads(lines[-1])["end"]["digest"] == digest_of(morning.expected([N1]))
    words = [words_of(line) for line in lines]
    assert words[0].startswith("08:00:00.000  n-1  canteen.temp.sampled.v1  device-1  {")
    assert words[-2].startswith("08:00:29.250  ▨")
    assert "30 件" in words[-1]


@pytest.mark.engine
async def test_refusal_of_the_api_is_told_in_its_words(history: History) -> None:
    reader = ReplayReader(history.client.base, TOKEN, ORDER | {"scope": [f"campus:{S1}"]})
    with pytest.raises(ReplayRefusedError, match="CAMP-603"):
        await asyncio.to_thread(lambda: list(reader.lines()))


def test_api_that_is_away_is_said_to_be_away() -> None:
    with pytest.raises(UnreachableError):
        list(ReplayReader("http://127.0.0.1:9", TOKEN, ORDER).lines())
