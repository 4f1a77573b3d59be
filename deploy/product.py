"""The whole product as one child process: how benchmarks and tests run it, the way its users do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.running import Running, find_running
from schemas.errors import UnreachableError

START_S = 180.0
POLL_S = 0.05


class Product:
    """``campanile up`` (or another command that runs a deployment) on a data directory of its own, in a ``with`` block.

    Entering waits until it is ready; leaving stops it and waits for its end.
    """

    def __init__(
        self,
        data_dir: Path,
        environment: Mapping[str, str] | None = None,
        *,
        arguments: tuple[str, ...] = ("up",),
        cwd: Path | None = None,
    ) -> None:
        self.data_dir = data_dir
        self._environment = {
            "CAMPANILE_GATEWAY__PORT": "0",
            "CAMPANILE_API__PORT": "0",
            "CAMPANILE_DATA_DIR": str(data_dir),
            **(environment or {}),
        }
        self._arguments = arguments
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._running: Running | None = None

    @property
    def running(self) -> Running:
        """Where it can be found.

        Raises:
            UnreachableError: it does not run.
        """
        if self._running is None:
            raise UnreachableError("产品未运行 / the product is not running")
        return self._running

    @property
    def pid(self) -> int:
        """Process id of its supervisor."""
        return self.running.pid

    def start(self) -> Running:
        """Start it and wait until it is ready.

        Raises:
            UnreachableError: it ended, or was not ready in time; what it said stands in ``output.txt``.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 — our own interpreter and our own module
                [sys.executable, "-m", "deploy.cli", *self._arguments],
                env=os.environ | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._cwd,
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            self._running = find_running(self.data_dir)
            if self._running is not None:
                return self._running
            time.sleep(POLL_S)
        said = (self.data_dir / "output.txt").read_text(encoding="utf-8", errors="replace")
        self.stop()
        raise UnreachableError("产品未能启动 / the product did not start", cause=said[-4000:])

    def pids(self) -> dict[str, int]:
        """Process id by name (``gateway``, ``streams-1``, ``kafka`` …) of everything that runs now."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split()
        by_port = {base.rpartition(":")[2]: name for name, base in self.running.ops.items()}
        found = {_name_of(int(child), by_port): int(child) for child in children}
        return {name: pid for name, pid in found.items() if name}

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to one of its processes. Returns the process id."""
        pid = self.pids()[name]
        os.kill(pid, number)
        return pid

    def stop(self, timeout_s: float = 30.0) -> int:
        """Ask it to end, and insist after ``timeout_s``. Returns its exit code; 0 when it was not running."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._process = self._running = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _name_of(pid: int, by_port: Mapping[str, str]) -> str | None:
    """The name that the supervisor gave a process; its health port tells the instances of one role apart."""
    try:
        if b"kafka.Kafka" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            return "kafka"
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return None
    variables = dict(entry.split(b"=", 1) for entry in environment if b"=" in entry)
    return by_port.get(variables.get(b"CAMPANILE_OPS__PORT", b"").decode())
