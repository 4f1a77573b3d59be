"""Proofs and bundles over a real store: what is true verifies, and every change is named."""

import asyncio
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.proof.verify import Bad, verify_file
from schemas.clock import ManualClock
from streams.archive.checkpoints import Notary
from streams.archive.settings import StoreSettings
from streams.archive.signing import SigningKeys
from streams.archive.tree_proofs import is_consistent
from streams.systems import systems
from tests.api.support.history import MORNING_MS, Book, History, Past
from tests.api.support.serving import Rig, serving
from tests.api.support.world import N2, N3, NOW_MS, S1, bearer

pytestmark = pytest.mark.engine
ORDER = {"scope": [f"campus:{N2}"], "from_ms": MORNING_MS, "to_ms": MORNING_MS + 3_600_000, "system": ["canteen"]}
WHY = {"purpose": "核查冷冻柜争议", "case": "北教督〔2026〕17号"}


class Court:
    """An API over an archive of three blocks in two partitions, all of it signed."""

    def __init__(self, history: History, keys: SigningKeys) -> None:
        self.history = history
        self.keys = keys

    async def order(self, who: str = "bureau", **changes: Any) -> tuple[int, bytes]:  # noqa: ANN401 — fields of the order
        url = f"{self.history.client.base}/v1/evidence"
        async with self.history.client.http.post(url, json=ORDER | WHY | changes, headers=bearer(who)) as response:
            return response.status, await response.read()

    async def bundle(self, path: Path, **changes: Any) -> Path:  # noqa: ANN401 — as above
        status, body = await self.order(**changes)
        assert status == 200, body
        await asyncio.to_thread(path.write_bytes, body)
        return path


def fill(store: StoreSettings, keys: SigningKeys) -> None:
    past = Past(store)
    notary = Notary(store, keys, ManualClock(NOW_MS))
    for partition in (0, 1):
        notary.take_up(partition, None)
    for block in range(3):
        start_ms = MORNING_MS + block * 600_000
        events = [
            past.temperature(campus_id, start_ms + number * 1000, -18.0 + number)
            for number in range(50)
            for campus_id in (N2, N3, S1)
        ]
        past.archive(events, partition=block % 2)
        notary.sign([block % 2])
    notary.close()


@pytest.fixture
async def court(database: StoreSettings, tmp_path: Path) -> AsyncIterator[Court]:
    keys = SigningKeys(tmp_path / "signing")
    keys.make_first(1)
    await asyncio.to_thread(fill, database, keys)
    rig, book = Rig(store=database), Book()
    context = replace(rig.context(), systems=systems(), journal=book, signing=keys)
    async with serving(context) as client:
        yield Court(History(client, book), keys)
    context.store.close()


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def finding(path: Path, pinned: str = "") -> str:
    """What the verifier says is wrong."""
    with pytest.raises(Bad) as found:
        verify_file(str(path), pinned)
    return str(found.value)


def first_key(keys: SigningKeys) -> str:
    return next(iter(keys.keychain().by_id()))


async def test_a_bundle_verifies_offline_by_the_file_inside_of_it(court: Court, tmp_path: Path) -> None:
    path = await court.bundle(tmp_path / "bundle.zip")
    parts = parts_of(path)
    (tmp_path / "verify.py").write_bytes(parts["verify.py"])
    command = [sys.executable, "-I", "-S", str(tmp_path / "verify.py"), str(path), "--key", first_key(court.keys)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "true / 属实"), done.stdout + done.stderr
    events = [json.loads(line) for line in parts["events.ndjson"].splitlines()]
    assert len(events) == 150
    assert {event["campusid"] for event in events} == {N2}
    assert b"n-3" not in parts["events.ndjson"] + parts["proofs.ndjson"] + parts["positions.ndjson"]
    manifest = json.loads(parts["manifest.json"])
    assert (manifest["events"], manifest["case"], manifest["leaves_withheld"]) == (150, WHY["case"], 0)
    assert "schemas/canteen.temp.sampled.v1.json" in parts
    assert json.loads(parts["access.json"])["purpose"] == WHY["purpose"]


async def test_making_a_bundle_is_recorded(court: Court) -> None:
    await court.order()
    assert [entry.campus_id for entry in court.history.book.entries] == [N2]
    assert "bundle" in str(court.history.book.entries[0])


async def test_what_is_not_asked_for_stays_hidden_and_the_rest_still_verifies(court: Court, tmp_path: Path) -> None:
    path = await court.bundle(tmp_path / "bundle.zip", from_ms=MORNING_MS + 10_000, to_ms=MORNING_MS + 13_000)
    parts = parts_of(path)
    assert len(parts["events.ndjson"].splitlines()) == 3
    assert json.loads(parts["manifest.json"])["leaves_withheld"] == 47
    assert verify_file(str(path))


def alter_byte(parts: dict[str, bytes]) -> None:
    parts["events.ndjson"] = parts["events.ndjson"].replace(b'"temp_c": -11.0', b'"temp_c": -21.0', 1)


def alter_row(parts: dict[str, bytes]) -> None:
    lines = parts["positions.ndjson"].splitlines(keepends=True)
    lines[4] = lines[4].replace(b'"offset":', b'"offset":1')
    parts["positions.ndjson"] = b"".join(lines)


def drop_event(parts: dict[str, bytes]) -> None:
    events, places = (parts[name].splitlines(keepends=True) for name in ("events.ndjson", "positions.ndjson"))
    rows = [json.loads(line) for line in places]
    gone = len(events.pop(6))
    del rows[6]
    for row in rows[6:]:
        row["start"] -= gone
    parts["events.ndjson"] = b"".join(events)
    parts["positions.ndjson"] = "".join(json.dumps(row) + "\n" for row in rows).encode()


def swap_two(parts: dict[str, bytes]) -> None:
    events = parts["events.ndjson"].splitlines(keepends=True)
    events[8], events[9] = events[9], events[8]
    parts["events.ndjson"] = b"".join(events)


def swap_two_with_their_hashes(parts: dict[str, bytes]) -> None:
    swap_two(parts)
    rows = [json.loads(line) for line in parts["positions.ndjson"].splitlines()]
    rows[8]["leaf_hash"], rows[9]["leaf_hash"] = rows[9]["leaf_hash"], rows[8]["leaf_hash"]
    rows[8]["length"], rows[9]["length"] = rows[9]["length"], rows[8]["length"]
    rows[9]["start"] = rows[8]["start"] + rows[8]["length"] + 1
    parts["positions.ndjson"] = "".join(json.dumps(row) + "\n" for row in rows).encode()


def forge_head(parts: dict[str, bytes]) -> None:
    parts["checkpoints.json"] = parts["checkpoints.json"].replace(b"size 2", b"size 3")


def forge_key(parts: dict[str, bytes]) -> None:
    keys = json.loads(parts["keys.json"])
    keys[0]["body"] = keys[0]["body"].replace("made_ms 1", "made_ms 2")
    parts["keys.json"] = json.dumps(keys).encode()


def drop_proof(parts: dict[str, bytes]) -> None:
    parts["proofs.ndjson"] = b"".join(parts["proofs.ndjson"].splitlines(keepends=True)[:-1])


def change_purpose(parts: dict[str, bytes]) -> None:
    parts["manifest.json"] = parts["manifest.json"].replace("核查".encode(), "其他".encode())


def change_record(parts: dict[str, bytes]) -> None:
    parts["access.json"] = parts["access.json"].replace(b'"bureau"', b'"head"')


def drop_manifest(parts: dict[str, bytes]) -> None:
    del parts["manifest.json"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (alter_byte, "event 8: partition 0, offset 0, event 21 of the frame: not the bytes that were archived"),
        (alter_row, "partition 0, offsets 0–4, campus n-2: event 4 of the block is missing or out of order"),
        (drop_event, "partition 0, offsets 0–4, campus n-2: event 6 of the block is missing or out of order"),
        (swap_two, "event 9: partition 0, offset 0, event 24 of the frame: not the bytes that were archived"),
        (
            swap_two_with_their_hashes,
            "partition 0, offsets 0–4, campus n-2: the events do not lead to the campus's root",
        ),
        (forge_head, "checkpoints.json: checkpoint 1: the signature does not hold"),
        (forge_key, "keys: key 1: the signature does not hold"),
        (drop_proof, "partition 1, offset 0, event 0 of the frame: nothing proves it"),
        (change_purpose, "manifest.json: the signature does not hold"),
        (change_record, "manifest.json: access.json is not the part that was signed"),
        (drop_manifest, "manifest.json is missing"),
    ],
)
async def test_every_change_is_named(
    court: Court, tmp_path: Path, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    parts = parts_of(await court.bundle(tmp_path / "bundle.zip"))
    before = dict(parts)
    change(parts)
    assert parts != before
    assert words in finding(write(tmp_path / "changed.zip", parts))


async def test_manifests_of_two_bundles_cannot_be_exchanged(court: Court, tmp_path: Path) -> None:
    one = parts_of(await court.bundle(tmp_path / "one.zip"))
    other = parts_of(await court.bundle(tmp_path / "other.zip", case="另案"))
    for name in ("manifest.json", "manifest.sig.json"):
        one[name] = other[name]
    assert "another bundle's manifest" in finding(write(tmp_path / "mixed.zip", one))


async def test_a_cut_file_is_named(court: Court, tmp_path: Path) -> None:
    whole = (await court.bundle(tmp_path / "bundle.zip")).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    assert "cut short" in finding(tmp_path / "cut.zip")


async def test_a_strange_first_key_is_named(court: Court, tmp_path: Path) -> None:
    path = await court.bundle(tmp_path / "bundle.zip")
    assert "the first key is" in finding(path, "0" * 64)


async def test_a_bundle_made_after_a_rotation_follows_the_chain_from_the_first_key(
    court: Court, tmp_path: Path
) -> None:
    first = first_key(court.keys)
    court.keys.rotate(2)
    path = await court.bundle(tmp_path / "bundle.zip")
    assert verify_file(str(path), first)


@pytest.mark.parametrize(
    ("who", "scope", "status"),
    [
        ("principal", f"campus:{N2}", 200),
        ("auditor", f"campus:{N2}", 200),
        ("auditor", "area:4201", 200),
        ("principal", f"campus:{N3}", 404),
        ("supervisor", f"campus:{S1}", 404),
        ("auditor", f"campus:{S1}", 404),
        ("operator", f"campus:{N2}", 403),
    ],
)
async def test_a_bundle_holds_what_its_maker_may_read(court: Court, who: str, scope: str, status: int) -> None:
    assert (await court.order(who, scope=[scope]))[0] == status


async def test_one_event_is_proven_by_position_and_by_id(court: Court, tmp_path: Path) -> None:
    status, by_position = await court.history.get("/v1/proof/events/0/0/21", purpose="核查冷冻柜")
    assert status == 200
    event = json.loads(by_position["event"])
    asked = {"source": event["source"], "id": event["id"], "purpose": "核查冷冻柜"}
    assert await court.history.get("/v1/proof/events", **asked) == (200, by_position)
    near_ms = int(event["occurredms"]) + 60_000
    assert await court.history.get("/v1/proof/events", **asked, near_ms=near_ms) == (200, by_position)
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(by_position))
    assert verify_file(str(path), first_key(court.keys))
    by_position["event"] = by_position["event"].replace("-11.0", "-21.0")
    path.write_text(json.dumps(by_position))
    assert "do not lead to the campus's root" in finding(path)


async def test_foreign_and_absent_events_look_the_same(court: Court) -> None:
    for path in ("/v1/proof/events/0/0/2", "/v1/proof/events/0/0/999", "/v1/proof/events/0/999/0"):
        status, problem = await court.history.get(path, "principal", purpose="核查冷冻柜")
        assert (status, problem["code"]) == (404, "CAMP-603")


async def test_old_and_new_heads_are_proven_consistent(court: Court) -> None:
    status, found = await court.history.get("/v1/proof/consistency", "operator", **{"partition": "0", "from": "1"})
    assert status == 200
    old, new = ((found[name]["size"], bytes.fromhex(found[name]["root"])) for name in ("old", "new"))
    assert (old[0], new[0]) == (1, 2)
    assert is_consistent(*old, *new, [bytes.fromhex(node) for node in found["path"]])
    assert (await court.history.get("/v1/proof/consistency", **{"partition": "0", "from": "9"}))[0] == 422


async def test_old_and_new_head_of_one_campus_are_proven_and_every_change_is_named(
    court: Court, tmp_path: Path
) -> None:
    asked = {"partition": "0", "from": "1", "to": "2", "campus": N2}
    status, found = await court.history.get("/v1/proof/consistency", "principal", **asked)
    assert status == 200
    assert [head["sequence"] for head in found["heads"]] == [1, 2]
    path = tmp_path / "consistency.json"
    path.write_text(json.dumps(found))
    assert f"campus / 校区: {N2}, 1 → 2" in verify_file(str(path), first_key(court.keys))
    changes: list[tuple[Callable[[Any], object], str]] = [
        (lambda it: it["heads"][0].update(root="00" * 32), "sequence 1 of campus n-2 is not under the signed root"),
        (lambda it: it["heads"].reverse(), "is not under the signed root"),
        (lambda it: it["heads"].pop(), "not an old and a new one"),
        (lambda it: it["old"].update(root="00" * 32), "old checkpoint: it signs another tree"),
        (lambda it: it["path"].__setitem__(0, "00" * 32), "does not begin with the old one"),
        (lambda it: it["path"].append("00" * 32), "does not begin with the old one"),
        (lambda it: it["path"].clear(), "a path of the wrong length"),
        (lambda it: it["checkpoints"].pop(), "was never signed"),
        (lambda it: it["checkpoints"][1].update(signature="00" * 64), "new checkpoint: the signature does not hold"),
    ]
    for change, words in changes:
        changed = json.loads(json.dumps(found))
        change(changed)
        path.write_text(json.dumps(changed))
        assert words in finding(path)
    assert (await court.history.get("/v1/proof/consistency", "principal", **asked | {"campus": S1}))[0] == 404


async def test_heads_are_for_everybody_and_a_campus_s_head_for_its_readers(court: Court) -> None:
    status, heads = await court.history.get("/v1/proof/heads", "operator")
    assert (status, len(heads["checkpoints"]), heads["heads"]) == (200, 2, [])
    status, heads = await court.history.get("/v1/proof/heads", "principal", campus=N2)
    assert [head["sequence"] for head in heads["heads"]] == [2, 1]
    assert (await court.history.get("/v1/proof/heads", "principal", campus=S1))[0] == 404


def test_a_file_that_is_neither_bundle_nor_proof_is_named(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"{}", b"{", b"nonsense", io.BytesIO().getvalue())):
        path = tmp_path / str(number)
        path.write_bytes(content)
        assert finding(path)
    assert "cannot be read" in finding(tmp_path / "absent")
