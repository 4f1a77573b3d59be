"""`campanile demo` as a person uses it: start, paste the printed commands, end it; afterwards nothing is left."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.kafka import JARS_DIR
from tests.fixtures.processes import end_all_of, processes_of, wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
START_S = 180.0
GRACE_S = 30.0


class Demo:
    """The command with its output."""

    def __init__(self, directory: Path) -> None:
        self.data_dir = directory / "demo"
        self._shown, self._talk = directory / "shown", directory / "talk"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CAMPANILE_")}
        options = "--campuses 12 --consortia 2 --gateway-port 0 --api-port 0 --data-dir"
        with self._shown.open("wb") as shown, self._talk.open("wb") as talk:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", "demo", *shlex.split(options), str(self.data_dir)],
                env=inherited | {"CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR), "CAMPANILE_PARTITIONS": "4"},
                cwd=ROOT,
                stdout=shown,
                stderr=talk,
            )

    def commands(self) -> list[str]:
        """The printed commands, continued lines joined; empty until all of them are there."""
        assert self.process.poll() is None, self._talk.read_text(encoding="utf-8")
        lines = self._shown.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
        found = [line for line in lines if line.startswith("curl")]
        return found[:4] if len(found) == 5 else []  # the fifth needs what the parent's lines before it have set

    def paste(self, command: str) -> str:
        """What a shell answers to a command within a few seconds."""
        pasted = subprocess.run(
            ["/usr/bin/env", "timeout", "8", "bash", "-c", command], capture_output=True, check=False, timeout=20
        )
        return pasted.stdout.decode()

    def is_gone(self) -> bool:
        return not processes_of(self.data_dir) and not self.data_dir.exists()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    started = Demo(tmp_path)
    try:
        wait_until(lambda: bool(started.commands()), timeout_s=START_S, what="the demonstration shows a bus")
        yield started
    finally:
        started.process.kill()
        started.process.wait()
        end_all_of(started.data_dir)


def test_the_printed_commands_work_as_pasted_and_ctrl_c_leaves_nothing(demo: Demo) -> None:
    overview, live, post, detail = demo.commands()
    assert '"consortium_id": "k-421181-01"' in demo.paste(overview)
    assert "event: snapshot" in demo.paste(live)
    assert json.loads(demo.paste(post)) == {"accepted": 1, "duplicates": 0, "rejected": 0, "errors": []}
    wait_until(lambda: "my-freezer" in demo.paste(detail), timeout_s=GRACE_S, what="the first event shows")

    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(timeout=GRACE_S) == 130
    assert demo.is_gone()


def test_a_killed_demonstration_leaves_neither_processes_nor_data(demo: Demo) -> None:
    assert processes_of(demo.data_dir)
    demo.process.kill()
    wait_until(demo.is_gone, timeout_s=GRACE_S, what="processes and data are gone")
