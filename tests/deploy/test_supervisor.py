import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.running import Running, find_running
from deploy.status import status_of
from tests.fixtures.kafka import JARS_DIR
from tests.fixtures.processes import end_all_of, processes_of, wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ROOT = Path(__file__).parent.parent.parent
START_S = 120.0
RECOVER_S = 120.0
GRACE_S = 60.0


class Up:
    """`campanile up` as a person starts it."""

    def __init__(self, data_dir: Path, talk: str = "talk") -> None:
        self.data_dir = data_dir
        self.talk = data_dir.with_name(talk)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CAMPANILE_")}
        with self.talk.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", "up"],
                env=inherited
                | {
                    "CAMPANILE_DATA_DIR": str(data_dir),
                    "CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR),
                    "CAMPANILE_GATEWAY__PORT": "0",
                    "CAMPANILE_API__PORT": "0",
                    "CAMPANILE_PARTITIONS": "4",
                },
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.talk.read_text(encoding="utf-8")
        return "campanile status" in self.talk.read_text(encoding="utf-8")

    def running(self) -> Running:
        found = find_running(self.data_dir)
        assert found is not None
        return found

    def all_ready(self) -> bool:
        return all(process.state == "ready" for process in status_of(self.running()))


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    started = Up(tmp_path / "data")
    try:
        wait_until(started.is_up, timeout_s=START_S, what="the deployment is up")
        yield started
    finally:
        started.process.kill()
        started.process.wait()
        end_all_of(started.data_dir)


def test_deployment_refuses_a_second_one_revives_what_is_killed_and_leaves_nothing_when_stopped(up: Up) -> None:
    before = up.running().pids
    assert {"kafka", "store", "gateway", "streams", "archive", "api"} == set(before)
    assert up.all_ready()

    _assert_second_is_told_who_runs_here(up)

    for name, pid in before.items():
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda name=name: _came_back(up, name, before), timeout_s=RECOVER_S, what=f"{name} came back")  # type: ignore[misc]

    wait_until(up.all_ready, timeout_s=RECOVER_S, what="every process is ready again")
    assert up.running().restarts == dict.fromkeys(before, 1)

    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(timeout=GRACE_S) == 0
    assert "已停止 / stopped" in up.talk.read_text(encoding="utf-8")
    assert processes_of(up.data_dir) == {}
    assert find_running(up.data_dir) is None


def test_killed_supervisor_leaves_no_process(up: Up) -> None:
    assert len(processes_of(up.data_dir)) >= 7

    up.process.kill()
    up.process.wait()

    wait_until(lambda: processes_of(up.data_dir) == {}, timeout_s=GRACE_S, what="every process has ended")


def _assert_second_is_told_who_runs_here(up: Up) -> None:
    second = Up(up.data_dir, "second-talk")
    assert second.process.wait(timeout=START_S) == 3
    assert f"process {up.process.pid}" in second.talk.read_text(encoding="utf-8")


def _came_back(up: Up, name: str, before: dict[str, int]) -> bool:
    assert up.process.poll() is None, up.talk.read_text(encoding="utf-8")
    pid = up.running().pids.get(name)
    return pid is not None and pid != before[name]
