"""No query without a scope, and no row outside of it: drawn scopes against every row of a small world, in the store."""

from typing import Any

import pytest
from clickhouse_driver import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.authority.scope import Scope, Slot
from api.history.predicate import COLUMNS, HistoryClock, where
from schemas.ids import CampusId, SystemName
from streams.archive.settings import StoreSettings
from streams.archive.store_client import rows, session

START_MS = 1_795_500_000_000
CAMPUSES = tuple(CampusId(name) for name in ("c-1", "c-2", "c-3'); DROP TABLE events; --"))
SYSTEMS = tuple(SystemName(name) for name in ("canteen", "school_bus", "net_health"))
HOURS = range(24 * 40)
HOUR_MS = 3_600_000
QUERY = (
    "SELECT campus_id, system, toUnixTimestamp64Milli(occurred_at), toUnixTimestamp64Milli(received_at) "
    "FROM events FINAL"
)
Row = tuple[str, str, int, int]

instants = st.integers(-2, HOURS.stop + 2).map(lambda hour: START_MS + hour * HOUR_MS)
slots = st.builds(
    lambda campus, systems, ends: Slot(campus, systems, min(ends), max(ends)),
    st.sampled_from(CAMPUSES),
    st.frozensets(st.sampled_from(SYSTEMS)),
    st.tuples(instants, instants),
)
scopes = st.lists(slots, max_size=6).map(lambda drawn: Scope(tuple(drawn)))
clocks = st.sampled_from(tuple(COLUMNS))


def world() -> list[Row]:
    """(campus, system, occurred, received): an event every five hours, a third of them very late."""
    return [
        (campus, system, START_MS + hour * HOUR_MS, START_MS + hour * HOUR_MS + (hour % 3 == 0) * 400 * HOUR_MS)
        for campus in CAMPUSES
        for system in SYSTEMS
        for hour in HOURS[::5]
    ]


def is_inside(row: Row, scope: Scope, clock: HistoryClock) -> bool:
    campus_id, system, occurred_ms, received_ms = row
    at_ms = occurred_ms if clock == "occurred" else received_ms
    return any(
        slot.campus_id == campus_id and system in slot.systems and slot.from_ms <= at_ms < slot.to_ms
        for slot in scope.slots
    )


@given(scopes, clocks)
def test_every_parameter_is_used_and_every_term_names_campus_system_and_both_ends(
    scope: Scope, clock: HistoryClock
) -> None:
    predicate = where(scope, clock)
    assert predicate.sql.startswith("(")
    assert predicate.sql.endswith(")")
    assert all(f"%({name})s" in predicate.sql for name in predicate.parameters)
    assert predicate.sql.count("campus_id IN") == predicate.sql.count("system IN") == len(predicate.parameters) // 4
    assert not any(campus in predicate.sql for campus in CAMPUSES)


@pytest.mark.parametrize("clock", COLUMNS)
def test_empty_scope_has_no_rows(clock: HistoryClock) -> None:
    nobody = Scope((Slot(CAMPUSES[0], frozenset(), 0, START_MS),))
    assert where(Scope(()), clock).sql == where(nobody, clock).sql == "(0)"


def test_campuses_that_may_be_read_alike_share_one_term() -> None:
    scope = Scope(tuple(Slot(campus, frozenset(SYSTEMS), 0, 1) for campus in CAMPUSES))
    assert where(scope, "occurred").sql.count(" OR ") == 0


@pytest.mark.engine
def test_exactly_the_rows_within_the_scope_are_found(database: StoreSettings) -> None:
    with session(database) as client:
        fill(client)

        @settings(max_examples=60, suppress_health_check=list(HealthCheck))
        @given(scopes, clocks)
        def compare(scope: Scope, clock: HistoryClock) -> None:
            found = read(client, scope, clock)
            assert found == sorted(row for row in world() if is_inside(row, scope, clock))

        compare()


def fill(client: Client) -> None:
    columns = "campus_id, system, type, occurred_at, received_at, recorded_at, source, event_id, keep_days"
    made: list[tuple[Any, ...]] = [
        (campus, system, f"{system}.x.v1", occurred, received, received, "s", f"{occurred}", 3000)
        for campus, system, occurred, received in world()
    ]
    client.execute(f"INSERT INTO events ({columns}) VALUES", made)


def read(client: Client, scope: Scope, clock: HistoryClock) -> list[Row]:
    predicate = where(scope, clock)
    return sorted(rows(client, f"{QUERY} WHERE {predicate.sql}", dict(predicate.parameters)))
