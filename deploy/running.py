"""Where the running deployment can be found: one small file in its data directory, written by the supervisor.

Commands such as `status` and `events tail` read it, so that nobody has to copy port numbers about.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from deploy.configuration import Settings
from deploy.directory_lock import is_owned
from schemas.errors import UnreachableError

FILE_NAME = "running.json"


@dataclass(frozen=True)
class Running:
    """Addresses of a running deployment. ``ops`` maps a process name to the base address of its health server."""

    pid: int
    bootstrap: str
    gateway: str
    api: str
    store_host: str
    store_port: int
    store_password_file: str
    ops: dict[str, str]
    settings: dict[str, Any] = field(default_factory=dict)
    """The deployment's settings without its secrets, so that commands use its prefix, partitions and clock."""
    pids: dict[str, int] = field(default_factory=dict)
    """Process id by process name; one that is down is absent."""
    restarts: dict[str, int] = field(default_factory=dict)
    """How often the supervisor has started a process again."""

    @classmethod
    def of_this_process(cls, **addresses: Any) -> Self:  # noqa: ANN401 — the fields below ``pid``
        """A deployment whose supervisor is the calling process."""
        return cls(pid=os.getpid(), **addresses)

    def write(self, data_dir: Path) -> None:
        """Put the file in place in one step, readable by its owner alone."""
        part = data_dir / f"{FILE_NAME}.part"
        part.touch(mode=0o600)
        part.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        part.replace(data_dir / FILE_NAME)


def find_running(data_dir: Path) -> Running | None:
    """The deployment that keeps its data in ``data_dir``, or None when its supervisor is not alive.

    What counts is the lock that the supervisor holds: a process id may long belong to somebody else.
    """
    if not is_owned(data_dir):
        return None
    try:
        return Running(**json.loads((data_dir / FILE_NAME).read_text(encoding="utf-8")))
    except FileNotFoundError:  # it is still starting
        return None


def forget_running(data_dir: Path) -> None:
    """Remove the file; it need not be there."""
    (data_dir / FILE_NAME).unlink(missing_ok=True)


def require_running(settings: Settings) -> Running:
    """The running deployment.

    Raises:
        UnreachableError: there is none.
    """
    found = find_running(settings.data_dir)
    if found is None:
        raise UnreachableError(
            f"{settings.data_dir} 中没有正在运行的钟楼 / no Campanile is running on {settings.data_dir}",
            cause="`campanile up` 或 `campanile demo` 未启动，或使用了别的数据目录 / not started, or other data_dir",
            remedy="campanile up, or name the data directory: CAMPANILE_DATA_DIR=…",
        )
    return found


def bootstrap_of(settings: Settings) -> str:
    """Where Kafka is: as set, or as the running deployment says.

    Raises:
        UnreachableError: neither says anything.
    """
    return settings.kafka.bootstrap or require_running(settings).bootstrap
