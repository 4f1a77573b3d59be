"""The file of a day: what it says, that it is signed as it is printed, and the audit of a whole archive."""

import json
from pathlib import Path

import pytest

from api.proof.verify import Bad, verify_file
from deploy.evidence.audit import audit
from deploy.evidence.daily import day_of, end_of_day
from deploy.evidence.day_writer import DayWriter
from schemas.clock import DAY_MS, ManualClock
from streams.archive.checkpoints import Notary
from streams.archive.reading import archive_reader
from streams.archive.settings import StoreSettings
from streams.archive.signing import SigningKeys
from tests.api.support.history import MORNING_MS, Past
from tests.api.support.world import N2, N3, NORTH, NOW_MS, organisation

END_MS = end_of_day(NOW_MS)


def test_a_day_is_a_day_in_china() -> None:
    midnight_ms = MORNING_MS + 16 * 3_600_000
    assert (day_of(midnight_ms - 1), day_of(midnight_ms)) == ("2026-11-25", "2026-11-26")
    assert day_of(END_MS - 1) == "2026-11-25"
    assert end_of_day(END_MS) == END_MS
    assert end_of_day(END_MS - 1) == END_MS - DAY_MS


@pytest.fixture
def keys(tmp_path: Path) -> SigningKeys:
    keys = SigningKeys(tmp_path / "signing")
    keys.make_first(1)
    return keys


@pytest.fixture
def archived(database: StoreSettings, keys: SigningKeys) -> StoreSettings:
    past, notary = Past(database), Notary(database, keys, ManualClock(MORNING_MS + 3_600_000))
    notary.take_up(0, None)
    past.archive([past.temperature(campus, MORNING_MS + n) for n in range(40) for campus in (N2, N3)])
    notary.sign([0])
    past.archive([past.temperature(N2, MORNING_MS + n) for n in range(40)])
    notary.sign([0])
    notary.close()
    return database


@pytest.mark.engine
def test_the_file_of_a_day_is_written_once_and_verifies(
    archived: StoreSettings, keys: SigningKeys, tmp_path: Path
) -> None:
    writer = DayWriter(archived, keys, organisation, tmp_path / "checkpoints", ManualClock(NOW_MS))
    path = writer.write_if_missing()
    assert path == tmp_path / "checkpoints" / "2026-11-25.json"
    assert writer.write_if_missing() is None
    found = json.loads(path.read_text())
    first = next(iter(keys.keychain().by_id()))
    assert verify_file(str(path), first)
    assert found["lines"][:3] == ["campanile/day/v1", "day 2026-11-25", f"first_key {first}"]
    assert any(line.startswith("partition 0 ") and " size 2 " in line for line in found["lines"])
    assert any(line.startswith(f"consortium {NORTH} campuses 2 ") for line in found["lines"])
    found["lines"][4] = found["lines"][4].replace("size 2", "size 3")
    path.write_text(json.dumps(found))
    with pytest.raises(Bad, match="lines: the signature does not hold"):
        verify_file(str(path), first)


@pytest.mark.engine
def test_an_audit_finds_nothing_in_what_was_not_touched_and_names_what_was(
    archived: StoreSettings, keys: SigningKeys
) -> None:
    with archive_reader(archived) as client:
        assert list(audit(client, keys.keychain())) == []
        client.execute(
            "ALTER TABLE frames UPDATE value = replaceOne(value, '-18.0', '-28.0') WHERE offset = 1",
            settings={"mutations_sync": 1},
        )
        wrong = list(audit(client, keys.keychain()))
    assert wrong == ["partition 0, offsets 0–2, campus n-2: root"]
