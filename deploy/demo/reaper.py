"""Deletes a demonstration's data after its supervisor was killed. Run as a script by a bare interpreter.

It waits on a pipe that only the supervisor holds open. When that closes, the kernel has already told the supervisor's
processes to end; they are given a moment, then what is left of the directory is removed.
"""

import shutil
import sys
import time
from pathlib import Path

GRACE_S = 2.0
LONGEST_S = 20.0
_LOOK_EVERY_S = 0.25
_CALM_LOOKS = 8
"""So often in a row the directory must be gone: a process that is still ending may write a last file."""


def reap(directory: Path) -> None:
    """Remove the directory and see that it stays away; nothing to do when it is gone already."""
    if not directory.exists():
        return
    time.sleep(GRACE_S)
    calm, deadline = 0, time.monotonic() + LONGEST_S
    while calm < _CALM_LOOKS and time.monotonic() < deadline:
        calm = 0 if directory.exists() else calm + 1
        shutil.rmtree(directory, ignore_errors=True)
        time.sleep(_LOOK_EVERY_S)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    reap(Path(sys.argv[1]))
