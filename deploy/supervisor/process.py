"""One child process: started in a session of its own, watched, restarted, ended."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from deploy.parent import PARENT_VARIABLE
from deploy.supervisor.backoff import Backoff
from deploy.supervisor.precedence import yield_processor

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ProcessSpec:
    """What to start: the arguments of the module (by default `campanile`) and the variables for this process alone."""

    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    ops: str | None = None
    """Base address of its health server; None: it has none (Kafka)."""
    module: str = "deploy.cli"
    """The module that is run."""
    niceness: int = 0
    """How far it stands back when the processor is short; 0: not at all."""


class ChildProcess:
    """A running :class:`ProcessSpec`. The kernel ends it when the supervisor dies, however that happens."""

    def __init__(self, spec: ProcessSpec, log_file: Path | None, backoff_max_s: float) -> None:
        self.spec = spec
        self.restarts = 0
        self.log_file = log_file
        self._backoff = Backoff(backoff_max_s)
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._again_at: float | None = None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self.is_running() and self._process else None

    @property
    def exit_code(self) -> int | None:
        """Its exit code (negative: the signal that ended it), or None while it runs."""
        return self._process.poll() if self._process else None

    def is_running(self) -> bool:
        """Whether the process exists."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it. Must be called from the main thread: the death signal is tied to the thread that forks."""
        in_files = {name.removesuffix("_FILE") for name in self.spec.environment if name.endswith("_FILE")}
        inherited = {name: value for name, value in os.environ.items() if name not in in_files}
        environment = inherited | self.spec.environment | {PARENT_VARIABLE: str(os.getpid())}
        command = [sys.executable, "-m", self.spec.module, *self.spec.arguments]
        output = self.log_file.open("ab") if self.log_file else None
        try:
            self._process = subprocess.Popen(  # noqa: S603 — our own interpreter and our own module
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        finally:
            if output:
                output.close()
        if self.spec.niceness:
            yield_processor(self._process.pid, self.spec.niceness)
        self._started, self._again_at = time.monotonic(), None
        log.info("process_started", process=self.spec.name, pid=self._process.pid)

    def revive(self) -> bool:
        """If it has ended, start it again once its pause is over. Returns whether it was started."""
        if self.is_running() or self._process is None:
            return False
        now = time.monotonic()
        if self._again_at is None:
            pause_s = self._backoff.pause_s(now - self._started)
            self._again_at = now + pause_s
            log.warning(
                "process_ended", process=self.spec.name, exit_code=self._process.returncode, restart_in_s=pause_s
            )
        if now < self._again_at:
            return False
        self.restarts += 1
        self.start()
        return True

    def signal(self, number: signal.Signals) -> None:
        """Send a signal if it still runs."""
        if self._process is not None and self.is_running():
            self._process.send_signal(number)

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; False when the time is over first."""
        if self._process is None:
            return True
        try:
            self._process.wait(timeout=max(0.0, timeout_s))
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, grace_s: float) -> bool:
        """SIGTERM, then SIGKILL when the grace is over. Returns whether it ended by itself."""
        self.signal(signal.SIGTERM)
        ended = self.wait(grace_s)
        if not ended:
            log.warning("process_killed", process=self.spec.name, grace_s=grace_s)
            self.signal(signal.SIGKILL)
            self.wait(grace_s)
        return ended

    def last_words(self, lines: int = 8) -> str:
        """The end of its log, for an error message."""
        if self.log_file is None or not self.log_file.exists():
            return ""
        return "\n".join(self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
