"""Looks at the store: does it let us in, which version is it, does its clock agree with ours."""

import time
from collections.abc import Iterator

from clickhouse_driver import Client
from clickhouse_driver.errors import Error as DriverError

from deploy.doctor.finding import Finding, Level, fine
from deploy.migrations.runner import MigrationRunner
from schemas.clock import SECOND_MS
from schemas.errors import CampanileError
from streams.archive.settings import StoreSettings

OLDEST_VERSION = (25, 8)
"""The oldest series in which everything that the tables use has been tried."""
MOST_SKEW_MS = 2 * SECOND_MS
TIMEOUT_S = 3


def examine_store(store: StoreSettings) -> Iterator[Finding]:
    """Everything about the store at this address."""
    client = Client(
        store.host,
        port=store.port,
        user=store.user,
        password=store.password.get_secret_value(),
        secure=store.secure,
        connect_timeout=TIMEOUT_S,
        send_receive_timeout=TIMEOUT_S,
    )
    place = f"{store.host}:{store.port}"
    try:
        before_ms = time.time_ns() // 1_000_000
        ((version, timezone, store_ms),) = client.execute(
            "SELECT version(), timezone(), toUnixTimestamp64Milli(now64(3))"
        )
        after_ms = time.time_ns() // 1_000_000
    except (DriverError, OSError) as error:
        remedy = "start it, or correct CAMPANILE_STORE__HOST, __PORT, __USER, __PASSWORD_FILE"
        yield Finding("store", Level.UNREACHABLE, f"{place}: {str(error).splitlines()[0]}", remedy)
        return
    finally:
        client.disconnect()
    yield fine("store", f"{place} answers")
    yield version_finding(version)
    yield timezone_finding(timezone)
    yield skew_finding(store_ms, before_ms, after_ms)
    yield _migrations(store)


def version_finding(version: str) -> Finding:
    """Whether the store is new enough."""
    parts = tuple(int(part) for part in version.split(".")[:2])
    if parts >= OLDEST_VERSION:
        return fine("store.version", version)
    wanted = ".".join(map(str, OLDEST_VERSION))
    return Finding("store.version", Level.CONFIGURATION, f"{version}; {wanted} is needed", "upgrade ClickHouse")


def timezone_finding(timezone: str) -> Finding:
    """Our columns name their time zone; a store that is not on UTC only misleads people who query it by hand."""
    if timezone in {"UTC", "Etc/UTC", "Universal"}:
        return fine("store.timezone", timezone)
    return Finding("store.timezone", Level.WARNING, f"{timezone}; UTC is expected", "set <timezone>UTC</timezone>")


def skew_finding(store_ms: int, before_ms: int, after_ms: int) -> Finding:
    """Whether the store's clock agrees with this machine's."""
    skew_ms = max(before_ms - store_ms, store_ms - after_ms, 0)
    if skew_ms <= MOST_SKEW_MS:
        return fine("clock", f"within {MOST_SKEW_MS} ms of the store's")
    return Finding("clock", Level.WARNING, f"{skew_ms} ms from the store's", "let NTP set both clocks")


def _migrations(store: StoreSettings) -> Finding:
    runner = MigrationRunner(store)
    try:
        needed = [f"{migration.version:04d}_{migration.name}" for migration in runner.plan()]
    except CampanileError as error:
        return Finding("store.migrations", Level.DATA, str(error), error.remedy)
    if not needed:
        return fine("store.migrations", "none is missing")
    return Finding(
        "store.migrations",
        Level.DATA,
        f"missing: {', '.join(needed)}",
        "campanile migrate apply",
        fix=lambda: _apply(runner),
    )


def _apply(runner: MigrationRunner) -> None:
    runner.apply(lambda _: None)
