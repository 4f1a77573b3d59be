"""`campanile proof`, `evidence` and `keys` as a person runs them, against a running API over a real store."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from schemas.checkpoints import checkpoint_of
from schemas.clock import ManualClock
from schemas.tokens import derive_token
from streams.archive.checkpoints import Notary
from streams.archive.settings import StoreSettings
from streams.archive.signing import SigningKeys
from streams.systems import systems
from tests.api.support.history import MORNING_MS, Book, Past
from tests.api.support.serving import Rig, serving
from tests.api.support.world import N2, NOW_MS

pytestmark = pytest.mark.engine
WHY = ("--purpose", "核查冷冻柜争议")
HOUR = ("--from-ms", str(MORNING_MS), "--to-ms", str(MORNING_MS + 3_600_000))


@dataclass(frozen=True)
class Desk:
    """An archive of two signed blocks, an API over it, and a shell."""

    base: str
    environment: Mapping[str, str]
    directory: Path

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a command."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.cli", *arguments),
            env=os.environ | self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 150)
        return process.returncode or 0, out.decode(), err.decode()

    async def good(self, *arguments: str) -> str:
        """What a command that succeeds says."""
        code, out, err = await self.run(*arguments)
        assert code == 0, out + err
        return out

    async def first_key(self) -> str:
        """The fingerprint to pin."""
        return (await self.good("keys", "list")).split()[0]


@pytest.fixture
async def desk(database: StoreSettings, tmp_path: Path) -> AsyncIterator[Desk]:
    keys = SigningKeys(tmp_path / "secrets" / "signing")
    keys.make_first(1)
    await asyncio.to_thread(fill, database, keys)
    context = replace(Rig(store=database).context(), systems=systems(), journal=Book(), signing=keys)
    environment = {
        "CAMPANILE_TOKEN": derive_token("cvt", b"bureau").text,
        "CAMPANILE_DATA_DIR": str(tmp_path),
        "CAMPANILE_STORE__HOST": "127.0.0.1",
        "CAMPANILE_STORE__PORT": str(database.port),
        "CAMPANILE_STORE__DATABASE": database.database,
        "CAMPANILE_STORE__PASSWORD": database.password.get_secret_value(),
    }
    async with serving(context) as client:
        yield Desk(client.base, environment, tmp_path)
    context.store.close()


def fill(store: StoreSettings, keys: SigningKeys) -> None:
    past, notary = Past(store), Notary(store, keys, ManualClock(NOW_MS))
    notary.take_up(0, None)
    for block in range(2):
        start_ms = MORNING_MS + block * 600_000
        past.archive([past.temperature(N2, start_ms + number * 1000, -18.0 + number) for number in range(40)])
        notary.sign([0])
    notary.close()


async def test_an_event_is_shown_with_its_proof_and_verified_by_the_pinned_key(desk: Desk) -> None:
    shown = await desk.good("proof", "show", "--position", "0/1/3", *WHY, "--api", desk.base)
    document = json.loads(shown)
    event = json.loads(document["event"])
    named = ("--source", event["source"], "--id", event["id"], "--near-ms", event["occurredms"])
    assert json.loads(await desk.good("proof", "show", *named, *WHY, "--api", desk.base)) == document
    path = desk.directory / "proof.json"
    path.write_text(shown)
    key = await desk.first_key()
    assert (await desk.good("proof", "verify", str(path), "--key", key)).startswith("true / 属实")
    path.write_text(shown.replace(event["id"], "e-forged"))
    code, out, _ = await desk.run("proof", "verify", str(path), "--key", key)
    assert (code, "do not lead to the campus's root" in out) == (1, True)
    code, out, _ = await desk.run("proof", "verify", str(path), "--key", "0" * 64)
    assert (code, "the first key is" in out) == (1, True)


async def test_an_old_head_of_a_campus_is_shown_to_lead_to_the_newest(desk: Desk) -> None:
    asked = ("--partition", "0", "--from", "1", "--campus", N2)
    shown = await desk.good("proof", "consistency", *asked, "--api", desk.base)
    path = desk.directory / "consistency.json"
    path.write_text(shown)
    said = await desk.good("proof", "verify", str(path), "--key", await desk.first_key())
    assert f"{N2}, 1 → 2" in said
    code, _, err = await desk.run("proof", "consistency", "--partition", "0", "--from", "9", "--api", desk.base)
    assert (code, "CAMP-184" in err) == (1, True)


async def test_a_bundle_is_made_and_verified_also_after_a_rotation_of_keys(desk: Desk) -> None:
    target = desk.directory / "bundle.zip"
    key = await desk.first_key()
    rotated = (await desk.good("keys", "rotate", "--yes")).strip()
    listed = (await desk.good("keys", "list")).splitlines()
    assert [line.split()[0] for line in listed] == [key, rotated]
    order = ("--scope", f"campus:{N2}", "--system", "canteen", *HOUR, *WHY, "--case", "2026-17")
    said = await desk.good("evidence", "make", *order, "--api", desk.base, "--to", str(target))
    assert said.strip() == str(target)
    verified = await desk.good("evidence", "verify", str(target), "--key", key)
    assert "events / 事件: 80" in verified
    target.write_bytes(target.read_bytes()[:-200])
    code, out, _ = await desk.run("evidence", "verify", str(target), "--key", key)
    assert (code, "cut short" in out) == (1, True)


async def test_a_bundle_that_is_refused_leaves_no_file(desk: Desk) -> None:
    target = desk.directory / "bundle.zip"
    order = ("--scope", "campus:c-none", *HOUR, *WHY, "--case", "2026-17", "--api", desk.base)
    code, _, err = await desk.run("evidence", "make", *order, "--to", str(target))
    assert (code, "CAMP-" in err) == (1, True)
    assert list(desk.directory.glob("bundle*")) == []


async def test_the_operator_reads_the_heads_and_audits_every_byte(desk: Desk) -> None:
    heads = await desk.good("proof", "heads")
    assert checkpoint_of(heads[: heads.index("key_id")]).size == 2
    assert (await desk.good("proof", "audit")).strip() == "true / 属实"
