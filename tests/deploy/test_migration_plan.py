"""Which migrations a store still needs, and when it is left alone."""

import pytest

from deploy.migrations.faults import MigrationChangedError, StoreIsNewerError
from deploy.migrations.plan import Recorded, Status, needed, status_of
from deploy.migrations.source import Migration

SHIPPED = tuple(Migration(number, f"m{number}", (), f"sum{number}") for number in (1, 2, 3))


def recorded(*statuses: Status) -> dict[int, Recorded]:
    return {n: Recorded(n, f"m{n}", f"sum{n}", status) for n, status in enumerate(statuses, start=1)}


def test_a_fresh_store_needs_everything_in_order() -> None:
    assert needed(SHIPPED, {}) == list(SHIPPED)


def test_a_migration_that_was_begun_is_carried_out_again() -> None:
    assert needed(SHIPPED, recorded(Status.COMPLETED, Status.IN_PROGRESS)) == [SHIPPED[1], SHIPPED[2]]


def test_status_names_every_migration() -> None:
    found = status_of(SHIPPED, recorded(Status.COMPLETED, Status.IN_PROGRESS))
    assert [line.status for line in found] == [Status.COMPLETED, Status.IN_PROGRESS, Status.NOT_STARTED]


def test_a_changed_file_is_refused_by_its_name() -> None:
    store = recorded(Status.COMPLETED) | {2: Recorded(2, "m2", "other", Status.COMPLETED)}
    with pytest.raises(MigrationChangedError, match="0002_m2"):
        needed(SHIPPED, store)


def test_a_newer_store_is_refused_and_its_version_is_named() -> None:
    store = recorded(*[Status.COMPLETED] * 4)
    with pytest.raises(StoreIsNewerError, match="0004_m4"):
        needed(SHIPPED, store)
