"""Ports for processes that nobody outside has to know."""

import socket


def free_port(host: str = "127.0.0.1") -> int:
    """A port that was free a moment ago; the process that gets it must still cope with losing the race."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
