"""The child processes of one supervisor, by layer: started, awaited, kept alive, ended.

Everything happens in the caller's main thread: the kernel ties a child's death signal to the thread that started it.
"""

import signal
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from deploy.supervisor.health import is_live, is_ready
from deploy.supervisor.log_files import bound, log_file_of
from deploy.supervisor.plan import Layer, Planned
from deploy.supervisor.process import ChildProcess
from deploy.supervisor.watch import HangWatch
from schemas.errors import CampanileError

log = structlog.get_logger(__name__)

Say = Callable[[str], None]
START_S = 60.0
POLL_S = 0.05
SHARE_OF_STOP = {Layer.GUEST: 0.15, Layer.EDGE: 0.45, Layer.READER: 0.7, Layer.SERVICE: 0.95}
"""By which share of the time for stopping a layer must have ended, or it is killed; what is killed loses nothing."""


class StartError(CampanileError):
    """A process did not become ready."""

    code = "CAMP-220"


class StopRequestedError(Exception):
    """The end was asked for while the start was under way."""


@dataclass
class Member:
    """One process of the crew."""

    layer: Layer
    child: ChildProcess
    watch: HangWatch = field(default_factory=HangWatch)


class Crew:
    """Processes and what the supervisor knows of them."""

    def __init__(self, log_dir: Path, bootstrap: str, backoff_max_s: float, is_stopping: Callable[[], bool]) -> None:
        self._log_dir, self._bootstrap, self._backoff_max_s = log_dir, bootstrap, backoff_max_s
        self._is_stopping = is_stopping
        self._members: list[Member] = []

    def children(self, layer: Layer | None = None) -> Iterator[ChildProcess]:
        """The processes, or those of one layer, in the order of their start."""
        return (member.child for member in self._members if layer is None or member.layer is layer)

    def launch(self, planned: Planned) -> ChildProcess:
        """Start a process and keep it."""
        spec = planned.spec
        child = ChildProcess(spec, log_file_of(self._log_dir, spec.name), self._backoff_max_s)
        self._members.append(Member(planned.layer, child))
        child.start()
        return child

    def wait_until_ready(self, layers: Collection[Layer], say: Say) -> None:
        """Wait for layers. Services must be ready in time; a process that has much to catch up on may take longer.

        Raises:
            StartError: a process has ended, or a service is not ready in time.
            StopRequestedError: the end was asked for.
        """
        begun = time.monotonic()
        waiting = [child for layer in layers for child in self.children(layer)]
        while waiting:
            for child in [child for child in waiting if is_ready(child.spec, self._bootstrap)]:
                say(f"就绪 / ready     {child.spec.name}  ({time.monotonic() - begun:.1f} s)")
                waiting.remove(child)
            is_late = time.monotonic() - begun > START_S
            self._check_start(waiting, is_late=is_late and Layer.SERVICE in layers)
            if is_late:
                say(f"仍在追赶 / still catching up: {', '.join(child.spec.name for child in waiting)}")
                return
            time.sleep(POLL_S)

    def _check_start(self, waiting: list[ChildProcess], *, is_late: bool) -> None:
        if self._is_stopping():
            raise StopRequestedError
        for child in waiting:
            if is_late or not child.is_running():
                why = f"{START_S:.0f} s" if is_late else "它已退出 / it has ended"
                raise StartError(
                    f"{child.spec.name} 未能就绪 / did not become ready ({why})",
                    cause=child.last_words(),
                    remedy=f"campanile doctor; {child.log_file}",
                )

    def poll(self) -> None:
        """Start again what has ended, end what hangs, keep log files bounded. To be called a few times a second."""
        for member in self._members:
            child = member.child
            if child.revive():
                member.watch.forget()
            elif child.is_running() and self._hangs(member):
                log.error("process_hangs", process=child.spec.name, pid=child.pid)
                child.signal(signal.SIGKILL)
            if child.log_file:
                bound(child.log_file)

    def _hangs(self, member: Member) -> bool:
        if member.layer is Layer.GUEST or not member.watch.is_due(time.monotonic()):
            return False
        answered = is_live(member.child.spec, self._bootstrap)
        return member.watch.take(time.monotonic(), answered=answered)

    def stop(self, stop_s: float) -> bool:
        """End every process, the edge first and the services last. Returns whether all of them ended by themselves."""
        begun = time.monotonic()
        clean = True
        for layer in sorted(Layer, reverse=True):
            clean &= _stop_all(list(self.children(layer)), begun + stop_s * SHARE_OF_STOP[layer])
        self._members.clear()
        return clean

    def kill(self) -> None:
        """End everything now."""
        for child in self.children():
            child.signal(signal.SIGKILL)


def _stop_all(children: list[ChildProcess], deadline_s: float) -> bool:
    """Ask all of them at once, and kill those that still run at the deadline."""
    for child in children:
        child.signal(signal.SIGTERM)
    late = [child for child in children if not child.wait(deadline_s - time.monotonic())]
    for child in late:
        log.warning("process_killed", process=child.spec.name)
        child.signal(signal.SIGKILL)
        child.wait(1.0)
    return not late
