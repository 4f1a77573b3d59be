"""An embedded store of a benchmark's own, without the rest of the product."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from pydantic import SecretStr

from deploy.migrations.runner import MigrationRunner
from deploy.migrations.source import Migration
from deploy.supervisor.ports import free_port
from deploy.supervisor.process import ChildProcess, ProcessSpec
from deploy.supervisor.secret import secret_file
from schemas.errors import UnreachableError
from streams.archive.settings import StoreSettings
from streams.archive.store_client import StoreAwayError, session

START_S = 60.0
STOP_S = 15.0


@contextmanager
def own_store() -> Iterator[StoreSettings]:
    """A store in a temporary directory, without tables; with CAMPANILE_BENCH_DIR, in that directory, which is kept.

    Raises:
        UnreachableError: it does not start.
    """
    kept = os.environ.get("CAMPANILE_BENCH_DIR")
    with nullcontext(kept) if kept else tempfile.TemporaryDirectory(prefix="campanile-bench-") as name:
        directory = Path(name)
        directory.mkdir(parents=True, exist_ok=True)
        password_file = secret_file(directory / "store.secret")
        port = free_port()
        environment = {
            "CAMPANILE_DATA_DIR": str(directory),
            "CAMPANILE_STORE__PASSWORD_FILE": str(password_file),
            "CAMPANILE_EMBEDDED__STORE_PORT": str(port),
        }
        process = ChildProcess(ProcessSpec("store", ("store",), environment), directory / "store.jsonl", 1.0)
        process.start()
        try:
            store = StoreSettings(host="127.0.0.1", port=port, password=SecretStr(password_file.read_text()))
            _wait(store)
            yield store
        finally:
            process.stop(STOP_S)


def with_tables(store: StoreSettings, database: str, migrations: tuple[Migration, ...] | None = None) -> StoreSettings:
    """A database of that name with the product's tables, or with those of some migrations only."""
    made = store.model_copy(update={"database": database})
    MigrationRunner(made, migrations).apply(lambda _line: None)
    return made


def _wait(store: StoreSettings) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            with session(store, database=False) as client:
                client.execute("SELECT 1")
        except StoreAwayError as error:
            if time.monotonic() > deadline:
                raise UnreachableError("存储未能启动 / the store does not start") from error
            time.sleep(0.1)
        else:
            return
