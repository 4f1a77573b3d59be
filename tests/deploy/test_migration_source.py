"""What may stand in a migration, and in which order the files must be."""

import pytest

from deploy.migrations.faults import MigrationFileError
from deploy.migrations.source import in_order, parse_migration, shipped_migrations

GOOD = (
    "-- why\nCREATE TABLE IF NOT EXISTS a (x Int8) ENGINE = Null;\n\nALTER TABLE a ADD COLUMN IF NOT EXISTS y Int8;\n"
)


def test_a_file_is_split_into_its_statements_without_its_comments() -> None:
    migration = parse_migration("0001_first.sql", GOOD)
    assert (migration.version, migration.name) == (1, "first")
    assert migration.statements == (
        "CREATE TABLE IF NOT EXISTS a (x Int8) ENGINE = Null",
        "ALTER TABLE a ADD COLUMN IF NOT EXISTS y Int8",
    )


def test_any_change_of_the_text_changes_the_checksum() -> None:
    assert parse_migration("0001_a.sql", GOOD).checksum != parse_migration("0001_a.sql", GOOD + "-- more\n").checksum


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE a",
        "TRUNCATE TABLE a",
        "ALTER TABLE a DROP COLUMN x",
        "ALTER TABLE a ADD COLUMN IF NOT EXISTS y Int8, DROP COLUMN x",
        "ALTER TABLE a DELETE WHERE 1",
        "ALTER TABLE a MODIFY COLUMN x String",
        "RENAME TABLE a TO b",
        "EXCHANGE TABLES a AND b",
        "DELETE FROM a WHERE 1",
        "INSERT INTO a SELECT 1",
        "CREATE TABLE a (x Int8) ENGINE = Null",
        "CREATE OR REPLACE TABLE a (x Int8) ENGINE = Null",
    ],
)
def test_a_statement_that_destroys_or_cannot_be_repeated_is_refused(statement: str) -> None:
    with pytest.raises(MigrationFileError):
        parse_migration("0001_a.sql", statement + ";\n")


@pytest.mark.parametrize("name", ["1_a.sql", "0001-a.sql", "0001_A.sql", "a.sql", "0001_a.txt"])
def test_a_misnamed_file_is_refused(name: str) -> None:
    with pytest.raises(MigrationFileError):
        parse_migration(name, GOOD)


@pytest.mark.parametrize("numbers", [(2,), (1, 3), (1, 1)])
def test_numbers_must_run_from_one_without_holes(numbers: tuple[int, ...]) -> None:
    with pytest.raises(MigrationFileError):
        in_order(parse_migration(f"{number:04d}_a.sql", GOOD) for number in numbers)


def test_the_shipped_migrations_are_acceptable() -> None:
    assert [migration.version for migration in shipped_migrations()] == list(range(1, len(shipped_migrations()) + 1))
