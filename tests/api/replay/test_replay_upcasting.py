"""An event of an old version is replayed in its sender's words, with the newest version beside them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from api.authority.scope import Scope, Slot
from api.replay.cursor import start_at
from api.replay.entry import chain
from api.replay.horizon import archived_to
from api.replay.query import ReplayQuery
from api.replay.reader import ReplayReader
from api.replay.sight import Shown
from schemas.ids import CampusId, SystemName
from schemas.upcasting import Upcasts, upcast
from streams.archive.settings import StoreSettings
from streams.archive.store_client import connect
from tests.api.support.history import MORNING_MS
from tests.api.support.replays import END_MS, Morning
from tests.api.support.serving import PARTITIONS
from tests.api.support.world import N1

pytestmark = pytest.mark.engine
OLD, NEW = "canteen.temp.sampled.v1", "canteen.temp.sampled.v2"


def kelvin(data: dict[str, Any]) -> dict[str, Any]:
    """v2 of a made-up future counts from absolute zero."""
    return {"zone": data["zone"], "temp_k": data["temp_c"] + 273.15}


def test_old_version_is_restated_beside_its_words_and_the_digest_is_over_the_words(database: StoreSettings) -> None:
    morning = Morning(database)
    odd = {"zone": "freezer", "note": "no temperature"}
    samples = [morning.event(N1, MORNING_MS + number * 1_000) for number in range(3)]
    morning.archive([*samples, morning.event(N1, MORNING_MS + 4_000, data=odd)])
    morning.archive([morning.event(N1, MORNING_MS + 9_000, type_name="canteen.dish.served.v1", data={"dish": "rice"})])
    client = connect(database, as_bytes=True)
    slot = Slot(CampusId(N1), frozenset({SystemName("canteen")}), MORNING_MS, END_MS)
    shown = Shown(Scope((slot,)), Scope((slot,)))
    query = ReplayQuery(shown, "occurred", MORNING_MS, END_MS, archived_to(client), PARTITIONS)
    plain = ReplayReader(query).read(client, start_at(MORNING_MS)).portion
    steps = Upcasts((upcast(OLD, NEW, kelvin),))
    restated = ReplayReader(replace(query, upcasts=steps)).read(client, start_at(MORNING_MS)).portion
    client.disconnect()
    assert plain.entries == morning.expected([N1])
    assert restated.digests == plain.digests == chain(bytes(32), plain.entries)
    for words, told in zip(plain.entries[:3], restated.entries[:3], strict=True):
        assert told.startswith(words[:-1])
        assert json.loads(told)["newest"] == {"type": NEW, "data": {"zone": "freezer", "temp_k": -18.125 + 273.15}}
    assert json.loads(restated.entries[3])["newest"] is None
    assert restated.entries[4] == plain.entries[4]
