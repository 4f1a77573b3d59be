"""What the store remembers of the migrations that it went through: table ``schema_migrations``."""

from clickhouse_driver import Client

from deploy.migrations.plan import Recorded, Status
from deploy.migrations.source import Migration
from streams.archive.settings import StoreSettings
from streams.archive.store_client import rows, session

_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    version UInt32,
    name String,
    checksum String,
    status Enum8('not_started' = 0, 'in_progress' = 1, 'completed' = 2),
    product String,
    noted_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(noted_at)
ORDER BY version
"""


def prepare_database(store: StoreSettings) -> None:
    """Create the product's database and the table of records where they are missing.

    Raises:
        StoreAwayError: the store does not answer.
    """
    with session(store, database=False) as client:
        client.execute(f"CREATE DATABASE IF NOT EXISTS {store.database} ENGINE = Atomic")
    with session(store) as client:
        client.execute(_TABLE)


def database_exists(store: StoreSettings) -> bool:
    """Whether any migration can have been carried out.

    Raises:
        StoreAwayError: the store does not answer.
    """
    with session(store, database=False) as client:
        found = rows(
            client,
            "SELECT count() FROM system.tables WHERE database = %(database)s AND name = 'schema_migrations'",
            {"database": store.database},
        )
    return bool(found[0][0])


def read_records(client: Client) -> dict[int, Recorded]:
    """Every migration that was begun, by number."""
    found = rows(client, "SELECT version, name, checksum, status FROM schema_migrations FINAL")
    return {version: Recorded(version, name, checksum, Status(status)) for version, name, checksum, status in found}


def write_record(client: Client, migration: Migration, status: Status, product: str) -> None:
    """Note how far a migration is."""
    client.execute(
        "INSERT INTO schema_migrations (version, name, checksum, status, product) VALUES",
        [(migration.version, migration.name, migration.checksum, status.value, product)],
    )
