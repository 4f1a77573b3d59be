import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.kafka.probe import kafka_answers, wait_for_kafka
from deploy.supervisor.ports import free_port
from deploy.supervisor.process import ChildProcess, ProcessSpec
from tests.fixtures.kafka import JARS_DIR, START_S, STOP_S
from tests.fixtures.processes import processes_of, wait_until

pytestmark = pytest.mark.engine


def _environment(data_dir: Path, port: int) -> dict[str, str]:
    return {
        "CAMPANILE_DATA_DIR": str(data_dir),
        "CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR),
        "CAMPANILE_EMBEDDED__KAFKA_PORT": str(port),
    }


@pytest.fixture
def node(tmp_path: Path) -> Iterator[tuple[ChildProcess, str]]:
    port = free_port()
    child = ChildProcess(ProcessSpec("kafka", ("kafka",), _environment(tmp_path, port)), tmp_path / "kafka.jsonl", 1.0)
    child.start()
    assert wait_for_kafka(f"127.0.0.1:{port}", timeout_s=START_S), child.last_words()
    yield child, f"127.0.0.1:{port}"
    child.stop(STOP_S)


def test_process_becomes_java_so_that_a_signal_reaches_kafka_itself(
    node: tuple[ChildProcess, str], tmp_path: Path
) -> None:
    child, bootstrap = node
    ((pid, command),) = processes_of(tmp_path).items()
    assert pid == child.pid
    assert "kafka.Kafka" in command

    assert child.stop(STOP_S)

    assert child.exit_code == 128 + signal.SIGTERM
    assert not kafka_answers(bootstrap)
    assert (tmp_path / "kafka" / "log" / ".kafka_cleanshutdown").exists()


def test_second_node_on_the_same_data_is_told_who_the_first_is(node: tuple[ChildProcess, str], tmp_path: Path) -> None:
    child, _ = node
    second = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "kafka"],
        env=os.environ | _environment(tmp_path, free_port()), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert second.returncode == 3
    assert f"process {child.pid}" in second.stderr
    assert child.is_running()


def test_node_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    port = free_port()
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER], env=os.environ | _environment(tmp_path, port), cwd=Path(__file__).parents[2]
    )
    try:
        assert wait_for_kafka(f"127.0.0.1:{port}", timeout_s=START_S)
    finally:
        starter.kill()
        starter.wait()
    wait_until(lambda: not processes_of(tmp_path), timeout_s=STOP_S, what="Kafka has ended with its starter")


STARTER = """
import time
from deploy.supervisor.process import ChildProcess, ProcessSpec
ChildProcess(ProcessSpec("kafka", ("kafka",)), None, 1.0).start()
time.sleep(600)
"""
