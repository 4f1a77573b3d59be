"""`campanile export` and `campanile history` against a running API over a real store."""

import asyncio
import json
import os
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.api_client import epoch_ms
from deploy.export_check import ExportFaultError, check_export
from schemas.errors import ConfigurationError
from schemas.tokens import derive_token
from streams.archive.settings import StoreSettings
from tests.api.support.history import MORNING_MS, History, Past, history_api
from tests.api.support.world import N2

TOKEN = derive_token("cvt", b"bureau").text
ASKED = ("--scope", f"campus:{N2}", "--type", "canteen.temp.sampled.v1", "--from", "2026-11-25", "--to", "2026-11-26")


@pytest.fixture
async def history(database: StoreSettings) -> AsyncIterator[History]:
    past = Past(database)
    past.archive([past.temperature(N2, MORNING_MS + n * 1_000) for n in range(40)])
    async with history_api(database) as api:
        yield api


async def campanile(*arguments: str, token: str = TOKEN) -> tuple[int, bytes, bytes]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.cli", *arguments),
        env=os.environ | {"CAMPANILE_TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode or 0, out, err


@pytest.mark.engine
async def test_export_is_fetched_and_checked(history: History, tmp_path: Path) -> None:
    target = tmp_path / "morning.zip"
    code, out, err = await campanile(
        "export", *ASKED, "--format", "csv", "--api", history.client.base, "--to-file", str(target)
    )
    assert (code, err) == (0, b"")
    assert out.startswith(b"events.csv  40  sha256 ")
    assert sorted(zipfile.ZipFile(target).namelist()) == ["events.csv", "manifest.json"]


@pytest.mark.engine
async def test_history_is_printed_line_by_line(history: History) -> None:
    code, out, err = await campanile("history", *ASKED, "--api", history.client.base)
    assert code == 0
    assert [json.loads(line)["sequence"] for line in out.splitlines()] == list(range(1, 41))
    assert json.loads(err) == {"end": {"events": 40, "next": None}}


@pytest.mark.engine
async def test_refusal_of_the_api_is_passed_on_in_its_own_words(history: History, tmp_path: Path) -> None:
    target = tmp_path / "x.zip"
    arguments = ("export", *ASKED, "--format", "csv", "--api", history.client.base, "--to-file", str(target))
    code, _, err = await campanile(*arguments, token=derive_token("cvt", b"operator").text)
    assert code == 1
    assert b"403 CAMP-602" in err
    assert not target.exists()


def test_altered_export_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "made.zip"
    manifest = {"files": [{"name": "a.csv", "rows": 1, "sha256": "0" * 64}], "is_complete": True}
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a.csv", "x")
        made.writestr("manifest.json", json.dumps(manifest))
    with pytest.raises(ExportFaultError, match=r"made\.zip"):
        list(check_export(path))
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ExportFaultError):
        list(check_export(path))


def test_instants_are_read_as_people_write_them() -> None:
    assert epoch_ms("2026-11-25T08:00") == epoch_ms("2026-11-25T00:00Z") == epoch_ms(str(MORNING_MS)) == MORNING_MS
    with pytest.raises(ConfigurationError):
        epoch_ms("yesterday")
