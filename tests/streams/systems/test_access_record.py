"""The record of access: today's counters, and what is told of emergencies, much reading and many refusals."""

from typing import Any

from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.frame import LoggedEvent
from streams.systems.access import SYSTEM
from streams.systems.access.limits import MANY_DELICATE, MANY_REFUSALS
from streams.systems.access.state import MAX_PRINCIPALS, Access
from tests.streams.systems.driving import folded, local, made, restored, silently_changed

NINE = local(9)
WHO = {"principal_ref": "p-1", "role": "bureau"}


def read(at_ms: int = NINE, /, **data: Any) -> LoggedEvent:  # noqa: ANN401 — any event's data
    interval = {"from_ms": at_ms - HOUR_MS, "to_ms": at_ms}
    said = WHO | interval | {"kind": "history", "systems": ["canteen"], "purpose": ""} | data
    return made("access.read", said["principal_ref"], at_ms, **said)


def emergency(at_ms: int = NINE, until_ms: int = NINE + 30 * MINUTE_MS, grant_id: str = "g-1") -> LoggedEvent:
    said = WHO | {"grant_id": grant_id, "systems": ["school_bus"], "purpose": "a child may be on the bus"}
    return made("access.emergency_taken", "p-1", at_ms, **said, valid_to_ms=until_ms)


def findings(state: Access, now_ms: int) -> list[tuple[str, str]]:
    return [(rule.name, found.subject) for rule in SYSTEM.rules for found in rule.judge(state, now_ms)]


def test_reads_are_counted_by_kind_and_role_for_the_newest_day() -> None:
    state = folded(SYSTEM, [read(), read(kind="export"), read(role="head"), read(NINE - DAY_MS)])
    assert state.reads == {"history/bureau": 1, "export/bureau": 1, "history/head": 1}
    assert SYSTEM.summarise(state, NINE).counts == {"reads_today": 3, "refusals_today": 0, "emergencies": 0}
    assert SYSTEM.summarise(state, NINE + DAY_MS).counts["reads_today"] == 0


def test_a_new_day_begins_its_own_counters() -> None:
    state = folded(SYSTEM, [read(), read(NINE + DAY_MS)])
    assert sum(state.reads.values()) == 1
    assert state.last_read_ms == NINE + DAY_MS


def test_emergency_access_is_told_until_it_ends() -> None:
    state = folded(SYSTEM, [emergency(), emergency()])
    (rule,) = (rule for rule in SYSTEM.rules if rule.name == "access.emergency_taken")
    assert (rule.severity, rule.due(state, NINE)) == (2, NINE + 30 * MINUTE_MS)
    assert findings(state, NINE) == [("access.emergency_taken", "g-1")]
    assert findings(state, NINE + 30 * MINUTE_MS) == []


def test_much_reading_about_pupils_is_asked_about_and_a_guardian_s_is_not() -> None:
    pupils = [read(NINE + number, kind="pupil") for number in range(MANY_DELICATE)]
    assert findings(folded(SYSTEM, pupils[1:]), local(10)) == []
    state = folded(SYSTEM, pupils)
    assert findings(state, local(10)) == [("access.much_read", "p-1")]
    assert findings(state, local(24)) == []
    guardians = [read(NINE + number, kind="pupil", role="guardian") for number in range(MANY_DELICATE)]
    assert findings(folded(SYSTEM, guardians), local(10)) == []


def test_many_refusals_look_like_trying_doors() -> None:
    refused = made("access.refused", "p-1", NINE, **WHO, refusals=MANY_REFUSALS - 1)
    state = folded(SYSTEM, [refused])
    assert findings(state, NINE) == []
    SYSTEM.apply(state, made("access.refused", "p-1", NINE, **WHO, refusals=1))
    assert findings(state, NINE) == [("access.often_refused", "p-1")]


def test_the_state_keeps_a_bounded_number_of_readers() -> None:
    state = folded(SYSTEM, [read(NINE + n, principal_ref=f"p-{n}") for n in range(MAX_PRINCIPALS + 5)])
    assert len(state.readers) == MAX_PRINCIPALS
    assert "p-0" not in state.readers


def test_the_state_survives_its_stored_form_and_nothing_changes_in_silence() -> None:
    given = {"guardianship_id": "ch-1", "policy_version": "1", "scopes": ["bus_run"]}
    events = [
        read(),
        emergency(),
        made("access.consent_given", "ch-1", NINE, **given),
        made("access.consent_withdrawn", "ch-1", NINE, **given),
        made("access.consent_given", "ch-1", NINE - DAY_MS, **given),
        read(NINE - DAY_MS),
    ]
    state = folded(SYSTEM, events)
    assert restored(SYSTEM, state) == state
    assert (state.consents_given, state.consents_withdrawn) == (1, 1)
    assert silently_changed(SYSTEM, events) == []
