"""One process owns a data directory. The kernel drops the lock with its owner, however that ends."""

import fcntl
import os
from pathlib import Path

from schemas.errors import CampanileError

FILE_NAME = "owner.lock"


class DirectoryTakenError(CampanileError):
    """Another process owns the data directory."""

    code = "CAMP-310"
    exit_code = 3


def own_directory(directory: Path, what: str) -> int:
    """Own ``directory`` (made if need be) until this process, or the program that it becomes by exec, ends.

    Args:
        directory: the data directory.
        what: what lives there, for the message: ``"Kafka"``.

    Returns:
        the open descriptor that holds the lock, for :func:`give_back`.

    Raises:
        DirectoryTakenError: it is owned by somebody else, who is named.
    """
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory / FILE_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.pread(descriptor, 32, 0).decode() or "?"
        os.close(descriptor)
        raise DirectoryTakenError(
            f"{what} 的数据目录 {directory} 已被进程 {owner} 占用 / the data of {what} is in use by process {owner}",
            cause="another `campanile up`, `demo` or role runs on the same data directory",
            remedy=f"stop process {owner}, or use another directory: CAMPANILE_DATA_DIR=…",
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    os.set_inheritable(descriptor, True)
    return descriptor


def give_back(descriptor: int) -> None:
    """Let another process own the directory."""
    os.close(descriptor)


def is_owned(directory: Path) -> bool:
    """Whether some process owns the directory now. Asking leaves no trace."""
    try:
        descriptor = os.open(directory / FILE_NAME, os.O_RDWR)
    except FileNotFoundError:
        return False
    except PermissionError:  # another user's; that user's processes answer for themselves
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
