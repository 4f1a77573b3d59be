"""The live fold takes an old version of an event as the newest, and refuses one that its step cannot read."""

from typing import Any

from schemas.upcasting import Upcasts, upcast
from streams.core.campus_ledger import CampusLedger
from streams.core.past_known import status_of
from tests.streams.core.tally_system import SYSTEMS, frame, reading


def renamed(data: dict[str, Any]) -> dict[str, Any]:
    return {"amount": data["count"], "level": data["level"]}


STEPS = Upcasts((upcast("tally.read.v0", "tally.read.v1", renamed),))


def ledger_of(*values: bytes) -> CampusLedger:
    ledger = CampusLedger(0, SYSTEMS, lambda _campus: (), STEPS)
    for offset, value in enumerate(values):
        ledger.fold(offset, value)
    return ledger


def test_old_and_new_versions_fold_into_one_state() -> None:
    old = reading(1, type="tally.read.v0", data={"count": 5, "level": 1})
    mixed = ledger_of(frame(old), frame(reading(2, data={"amount": 6, "level": 2})), frame(old))
    new = ledger_of(
        frame(reading(1, data={"amount": 5, "level": 1})),
        frame(reading(2, data={"amount": 6, "level": 2})),
        frame(reading(1, data={"amount": 5, "level": 1})),
    )
    assert mixed.harvest(everything=True).documents == new.harvest(everything=True).documents


def test_what_a_step_cannot_read_is_refused_and_its_neighbours_stand() -> None:
    bad = reading(1, type="tally.read.v0", data={"level": 1})
    harvest = ledger_of(frame(bad, reading(2, data={"amount": 6, "level": 2}))).harvest(everything=True)
    assert [letter.reason for letter in harvest.letters] == ["fold_failed"]
    assert status_of(harvest.documents[0][1]).events == 1
