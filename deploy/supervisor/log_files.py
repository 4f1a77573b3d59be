"""The log files of supervised processes: one a process, JSON lines, bounded."""

import shutil
from pathlib import Path

MAX_BYTES = 32 << 20


def log_file_of(directory: Path, process: str) -> Path:
    """Where a process logs to."""
    return directory / f"{process}.jsonl"


def bound(file: Path, max_bytes: int = MAX_BYTES) -> None:
    """Keep at most one old generation beside the file, each of about ``max_bytes``.

    The process goes on appending to the file that it has open, so that file is copied and emptied, not renamed. Lines
    written between the two steps are lost; who cannot accept that runs the processes one by one and keeps their stderr.
    """
    if file.exists() and file.stat().st_size > max_bytes:
        shutil.copyfile(file, file.with_suffix(".1.jsonl"))
        with file.open("ab") as whole:
            whole.truncate(0)
