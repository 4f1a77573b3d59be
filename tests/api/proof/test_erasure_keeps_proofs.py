"""After a pupil's key is destroyed nobody can read what was said of them, and its proof still holds."""

import json
from pathlib import Path

import pytest

from api.proof.inclusion import find_by_position, prove_event
from api.proof.kept import KeptBlocks
from api.proof.stored_events import Position
from api.proof.verify import verify_file
from ingest.privacy.sealing import opened, sealed
from ingest.privacy.sqlite_keys import SqliteKeys
from schemas.clock import ManualClock
from schemas.ids import EventTypeName
from schemas.systems import catalogue
from streams.archive.checkpoints import Notary
from streams.archive.reading import archive_reader
from streams.archive.settings import StoreSettings
from streams.archive.signing import SigningKeys
from tests.api.support.history import MORNING_MS, Past
from tests.api.support.world import N2, NOW_MS

pytestmark = pytest.mark.engine
BOARDED = EventTypeName("school_bus.pupil.boarded.v1")
PUPIL = "p_8Zt3kQ1xW0aB"


def test_a_proof_holds_after_the_key_of_the_pupil_is_destroyed(database: StoreSettings, tmp_path: Path) -> None:
    keys, signing, past = SqliteKeys(tmp_path / "pupils.db", b"m" * 32), SigningKeys(tmp_path / "s"), Past(database)
    signing.make_first(1)
    fields = catalogue()[BOARDED].pupil
    assert fields is not None
    raw = past.event(N2, BOARDED, {"pupil_token": PUPIL, "stop_id": "s-1", "method": "card"}, MORNING_MS)
    event = opened(raw, fields, MORNING_MS)
    logged = sealed(event, keys.ensure([event.subject]).keys[event.subject])
    assert PUPIL.encode() not in logged
    notary = Notary(database, signing, ManualClock(NOW_MS))
    notary.take_up(0, None)
    past.archive([logged])
    notary.sign([0])
    notary.close()
    before = proof_of_first(database, signing)

    assert keys.destroy(N2, PUPIL, NOW_MS)

    assert keys.find([event.subject]) == {}
    keys.close()
    after = proof_of_first(database, signing)
    assert after == before
    path = tmp_path / "proof.json"
    path.write_text(after)
    assert verify_file(str(path), next(iter(signing.keychain().by_id())))
    assert PUPIL not in after


def proof_of_first(store: StoreSettings, signing: SigningKeys) -> str:
    with archive_reader(store) as client:
        found = find_by_position(client, Position(0, 0, 0))
        assert found is not None
        return json.dumps(prove_event(client, found, signing.keychain(), KeptBlocks()))
