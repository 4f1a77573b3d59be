"""The store as a process: how it refuses to start, how it stops, and that a kill costs nothing."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.supervisor.health import ask
from deploy.supervisor.ports import free_port
from streams.archive.store_client import StoreAwayError, StoreRefusedError, session
from tests.fixtures.processes import wait_until
from tests.fixtures.store import STOP_S, StoreProcess

pytestmark = pytest.mark.engine


@pytest.fixture
def process(tmp_path: Path) -> Iterator[StoreProcess]:
    made = StoreProcess(tmp_path)
    yield made
    made.child.stop(STOP_S)


def start_refused(directory: Path, **variables: str) -> tuple[int, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CAMPANILE_")}
    environment = clean | {"CAMPANILE_DATA_DIR": str(directory)} | variables
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "store"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("variables", [{}, {"CAMPANILE_STORE__PASSWORD": "short"}])
def test_it_does_not_start_without_a_good_password(tmp_path: Path, variables: dict[str, str]) -> None:
    code, said = start_refused(tmp_path, **variables)
    assert code == 3
    assert "CAMP-330" in said


def test_a_second_store_on_the_same_directory_says_who_holds_it(process: StoreProcess, tmp_path: Path) -> None:
    process.start()
    code, said = start_refused(tmp_path, CAMPANILE_STORE__PASSWORD="long-enough-for-this")
    assert code == 3
    assert str(process.child.pid) in said


def test_sigterm_ends_running_queries_and_the_process_cleanly(process: StoreProcess) -> None:
    process.start()

    def ask_slowly() -> None:
        with pytest.raises((StoreAwayError, StoreRefusedError)), session(process.settings, database=False) as client:
            client.execute("SELECT sum(sleepEachRow(0.05)) FROM numbers(2000) SETTINGS max_block_size = 1")

    asking = threading.Thread(target=ask_slowly)
    with session(process.settings, database=False) as client:
        asking.start()
        running = "SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow%' AND query NOT LIKE '%LIKE%'"
        wait_until(lambda: client.execute(running) == [(1,)], timeout_s=60, what="the query runs")
    assert process.child.stop(10.0)
    assert process.child.exit_code == 0
    asking.join()


def test_what_was_acknowledged_is_there_after_a_kill(process: StoreProcess) -> None:
    process.start()
    with session(process.settings, database=False) as client:
        client.execute("CREATE DATABASE d ENGINE = Atomic")
        client.execute("CREATE TABLE d.t (a UInt32) ENGINE = MergeTree ORDER BY a")
    for number in range(3):
        with session(process.settings, database=False) as client:
            client.execute("INSERT INTO d.t VALUES", [(number,)])
            process.child.signal(signal.SIGKILL)
            process.child.wait(STOP_S)
        process.start()
        with session(process.settings, database=False) as client:
            assert client.execute("SELECT count() FROM d.t") == [(number + 1,)]


def test_more_clients_than_allowed_are_told_so(tmp_path: Path) -> None:
    made = StoreProcess(tmp_path)
    made.child.spec.environment["CAMPANILE_EMBEDDED__STORE_MAX_CLIENTS"] = "2"
    made.start()
    try:
        with ExitStack() as silent:

            def is_full() -> bool:
                silent.enter_context(socket.create_connection(("127.0.0.1", made.settings.port)))
                return not made.answers()

            wait_until(is_full, timeout_s=60, what="both places are taken")
        wait_until(made.answers, timeout_s=60, what="a place is free again")
    finally:
        made.child.stop(STOP_S)


def test_health_and_metrics_are_told(tmp_path: Path) -> None:
    made, port = StoreProcess(tmp_path), free_port()
    made.child.spec.environment["CAMPANILE_OPS__PORT"] = str(port)
    made.start()
    try:
        assert ask(f"http://127.0.0.1:{port}", "/readyz") == (200, {"ok": True, "checks": {"engine": True}})
        assert ask(f"http://127.0.0.1:{port}", "/livez")[0] == 200
    finally:
        made.child.stop(STOP_S)
