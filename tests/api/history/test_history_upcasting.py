"""An event of an old version is told in its sender's words, with the newest version beside them."""

import json
from typing import Any

import pytest

from api.authority.scope import Interval, Scope, Slot
from api.history.events import page, stream
from api.history.order import decode_cursor
from api.history.question import Question
from schemas.ids import CampusId, SystemName
from schemas.upcasting import Upcasts, upcast
from streams.archive.settings import StoreSettings
from streams.archive.store_client import connect
from tests.api.support.history import DAY_MS, MORNING_MS, Past
from tests.api.support.world import N1

pytestmark = pytest.mark.engine
OLD, NEW = "canteen.temp.sampled.v1", "canteen.temp.sampled.v2"
CANTEEN = SystemName("canteen")
TO_MS = MORNING_MS + DAY_MS


def kelvin(data: dict[str, Any]) -> dict[str, Any]:
    """v2 of a made-up future counts from absolute zero."""
    return {"zone": data["zone"], "temp_k": data["temp_c"] + 273.15}


STEPS = Upcasts((upcast(OLD, NEW, kelvin),))


def everything() -> Question:
    scope = Scope((Slot(CampusId(N1), frozenset({CANTEEN}), MORNING_MS, TO_MS),))
    interval = Interval(MORNING_MS, TO_MS)
    return Question(
        scope, scope, interval, "occurred", (CANTEEN,), (), (), speaks_of_pupils=False, purpose="", digest="q"
    )


def test_lines_of_an_old_version_have_the_newest_one_after_their_own_words(database: StoreSettings) -> None:
    past = Past(database)
    past.archive(
        [
            past.temperature(N1, MORNING_MS, -18.125),
            past.event(N1, OLD, {"zone": "冷库", "note": '"quoted", no temperature'}, MORNING_MS + 1_000),
            past.event(N1, "canteen.dish.served.v1", {"dish": "米饭"}, MORNING_MS + 2_000),
            past.event(N1, NEW, {"zone": "freezer", "temp_k": 255.0}, MORNING_MS + 3_000),
        ]
    )
    client, question = connect(database, as_bytes=True), everything()
    plain = page(client, question, 10, None, Upcasts()).lines
    first = page(client, question, 3, None, STEPS)
    assert first.next is not None
    second = page(client, question, 3, decode_cursor(first.next, "q"), STEPS)
    streamed = b"".join(stream(client, question, 10, None, STEPS)).splitlines()[:-1]
    client.disconnect()
    told = first.lines + second.lines
    assert streamed == told
    assert [line[: len(words) - 1] for line, words in zip(told, plain, strict=True)] == [words[:-1] for words in plain]
    newest = [json.loads(line).get("newest", "untouched") for line in told]
    assert newest == [
        {"type": NEW, "data": {"zone": "freezer", "temp_k": -18.125 + 273.15}},
        None,
        "untouched",
        "untouched",
    ]
    assert told[2:] == plain[2:]
