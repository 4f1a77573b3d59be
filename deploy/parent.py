"""A process of ours does not outlive the supervisor that started it.

On Linux the kernel is asked to send SIGTERM when the parent dies (``prctl(PR_SET_PDEATHSIG)``); it survives exec, so
the JVM has it too. Elsewhere (macOS) nothing of the kind exists: there a killed supervisor leaves its processes, and
the next start says who holds the data directory.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
PARENT_VARIABLE = "CAMPANILE_PARENT_PID"


def die_with_parent(sig: signal.Signals = signal.SIGTERM) -> None:
    """Ask to be ended with the supervisor named by ``CAMPANILE_PARENT_PID``; without that variable do nothing.

    Raises:
        SystemExit: the supervisor is already gone.
    """
    parent = os.environ.get(PARENT_VARIABLE)
    if parent is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, sig.value)
    if os.getppid() != int(parent):  # it died between fork and prctl
        sys.exit(0)
