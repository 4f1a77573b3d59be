"""`campanile demo` as a person uses it: start, paste the printed commands, end it; afterwards nothing is left."""

import json
import os
import re
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
ARCHIVED_S = 60.0
"""Until what has just happened is in the archive and signed."""


class Demo:
    """The command with its output."""

    def __init__(self, directory: Path) -> None:
        self.data_dir = directory / "demo"
        self._shown, self._talk = directory / "shown", directory / "talk"
        self._inherited = {name: value for name, value in os.environ.items() if not name.startswith("CAMPANILE_")}
        options = "--campuses 12 --consortia 2 --gateway-port 0 --api-port 0 --data-dir"
        with self._shown.open("wb") as shown, self._talk.open("wb") as talk:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", "demo", *shlex.split(options), str(self.data_dir)],
                env=self._inherited | {"CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR), "CAMPANILE_PARTITIONS": "4"},
                cwd=ROOT,
                stdout=shown,
                stderr=talk,
            )

    def steps(self) -> dict[int, str]:
        """The printed steps by number, each as it stands there; empty until all of them do."""
        assert self.process.poll() is None, self._talk.read_text(encoding="utf-8")
        parts = re.split(r"^# (\d)  ", self._shown.read_text(encoding="utf-8"), flags=re.MULTILINE)
        found = {int(number): f"# {text}" for number, text in zip(parts[1::2], parts[2::2], strict=True)}
        return found if found.get(8, "").rstrip().endswith("'") else {}

    def accounts(self) -> list[dict[str, str]]:
        """What the file of accounts says."""
        lines = (self.data_dir / "accounts.ndjson").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def printed_for(self, login: str) -> tuple[str, str]:
        """Password and command printed for an account."""
        shown = self._shown.read_text(encoding="utf-8")
        found = re.search(rf"^  {login} +(\S+)  .*\n    (ask {login} .*)$", shown, re.MULTILINE)
        assert found is not None, login
        return found[1], found[2]

    def paste(self, *commands: str) -> str:
        """What a shell answers to commands within a few seconds; its second stream comes with the first."""
        pasted = subprocess.run(
            ["/usr/bin/env", "timeout", "30", "bash", "-c", "\n".join(commands)],
            env=self._inherited,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=60,
        )
        return pasted.stdout.decode()

    def is_gone(self) -> bool:
        return not processes_of(self.data_dir) and not self.data_dir.exists()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    started = Demo(tmp_path)
    try:
        wait_until(lambda: bool(started.steps()), timeout_s=START_S, what="the demonstration shows a bus")
        yield started
    finally:
        started.process.kill()
        started.process.wait()
        end_all_of(started.data_dir)


def look_at_the_first_steps(demo: Demo, steps: dict[int, str]) -> None:
    assert '"consortium_id": "k-421181-01"' in demo.paste(steps[1])
    assert "event: snapshot" in demo.paste(steps[2].replace("curl -N", "curl -N -m 5"))
    post, detail = steps[3].split("\ncurl -s", maxsplit=2)[1:]
    answer = demo.paste("curl -s" + post)
    assert json.loads(answer) == {"accepted": 1, "duplicates": 0, "rejected": 0, "errors": []}
    wait_until(lambda: "my-freezer" in demo.paste("curl -s" + detail), timeout_s=GRACE_S, what="the first event shows")


def sign_in_as_everybody(demo: Demo, shell: str) -> None:
    for account in demo.accounts():
        password, command = demo.printed_for(account["login"])
        assert password == account["password"]
        wait_until(
            lambda command=command: "code" not in json.loads(demo.paste(shell, command)),  # type: ignore[misc]
            timeout_s=ARCHIVED_S,
            what=command,
        )


def meet_the_one_that_left(demo: Demo, shell: str, step: str) -> None:
    def answers() -> list[str]:
        return demo.paste(shell, step).split("\n")

    wait_until(lambda: answers()[0] not in ("", "0"), timeout_s=ARCHIVED_S, what="the past of the one that left")
    before, now, last_minute = answers()[:3]
    assert int(before) > 0
    assert now == "0"
    assert "from_ms" in last_minute


def settle_the_dispute(demo: Demo, shell: str, step: str) -> None:
    wait_until(lambda: "true / 属实" in demo.paste(shell, step), timeout_s=ARCHIVED_S, what="the bundle holds")
    said = demo.paste(shell, step)
    assert said.count('"temp_c"') >= 5
    assert re.search(r"false / 不实: events.ndjson, event \d+: partition \d+, offset \d+", said)


def follow_the_readme(demo: Demo) -> None:
    """Its blocks after the one that starts the demonstration, one after the other, in one shell."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert blocks[0].startswith("make demo")
    assert ". var/demo/shell.sh" in blocks[1]
    said = demo.paste(*(block.replace("var/demo", str(demo.data_dir)) for block in blocks[1:])).replace("\n", " ")
    for expected in ('"campuses": [', '"accepted":1', "freezer-9", "event: snapshot", '"consortia": [', "完 / end: "):
        assert expected in said, (expected, said)
    assert "true / 属实" in said
    assert "CAMP-" not in said, said


def test_the_printed_commands_work_as_pasted_and_ctrl_c_leaves_nothing(demo: Demo) -> None:
    steps = demo.steps()
    look_at_the_first_steps(demo, steps)
    shell = steps[4]
    sign_in_as_everybody(demo, shell)
    assert '"boarding"' in demo.paste(shell, steps[5])
    meet_the_one_that_left(demo, shell, steps[6])
    settle_the_dispute(demo, shell, steps[7])
    replayed = demo.paste(shell, steps[8])
    assert "完 / end: " in replayed
    assert '"entries"' in replayed

    follow_the_readme(demo)

    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(timeout=GRACE_S) == 130
    assert demo.is_gone()


def test_a_killed_demonstration_leaves_neither_processes_nor_data(demo: Demo) -> None:
    assert processes_of(demo.data_dir)
    demo.process.kill()
    wait_until(demo.is_gone, timeout_s=GRACE_S, what="everything of the demonstration is gone")
