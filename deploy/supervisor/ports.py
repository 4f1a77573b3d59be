"""Ports for processes that nobody outside has to know."""

import errno
import random
import socket
import sys
from pathlib import Path

LOWEST = 10_240
EPHEMERAL_FALLBACK = 32_768
RANGE_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
TRIES = 200


def free_port(host: str = "127.0.0.1") -> int:
    """A port that was free a moment ago; the process that gets it must still cope with losing the race.

    As long as the caller's process lives, no other call on this machine is given it (see :func:`claim`).

    It lies below the range from which the kernel draws ports for outgoing connections. Inside that range a client that
    tries to reach a service which is down can be given the service's own port, connect to itself, and so keep the
    service from coming back.

    Raises:
        OSError: no port could be had.
    """
    for _ in range(TRIES):
        port = random.randrange(LOWEST, _first_ephemeral())  # noqa: S311 — no secret
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
        if claim(port):
            return port
    raise OSError(errno.EADDRINUSE, "没有空闲端口 / no free port")


def claim(port: int) -> bool:
    """Promise a port to this process until it ends; False when it is promised already.

    Between drawing a port and listening on it a process may take seconds to start, and a service that is started again
    leaves its port free meanwhile. So the promise is a name that the kernel lets one process hold and frees at its end;
    no file is left. Where the kernel knows no such names, nothing is promised.
    """
    if sys.platform != "linux":
        return True
    with socket.socket(socket.AF_UNIX) as promise:
        try:
            promise.bind(f"\0campanile-port-{port}")
        except OSError:
            return False
        promise.detach()
    return True


def _first_ephemeral() -> int:
    try:
        first = int(RANGE_FILE.read_text(encoding="ascii").split()[0])
    except OSError:  # not Linux
        return EPHEMERAL_FALLBACK
    return first if first > LOWEST + TRIES else EPHEMERAL_FALLBACK
