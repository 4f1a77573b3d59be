"""uvicorn as this product runs it: one server per process, streams told to end before the server waits for them.

uvicorn waits for open responses at shutdown, and a stream of events never ends by itself; so the first signal calls
``on_stop`` (which ends the streams) before uvicorn starts to wait.
"""

import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn

from deploy.http_protocol import BoundedProtocol


class HttpServer(uvicorn.Server):
    """A uvicorn server that announces its end."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Announce, then do as uvicorn does."""
        self._on_stop()
        super().handle_exit(sig, frame)


def http_server(
    app: Any,  # noqa: ANN401 — an ASGI app
    *,
    on_stop: Callable[[], None],
    grace_s: int = 8,
    protocol: Callable[..., BoundedProtocol] = BoundedProtocol,
) -> HttpServer:
    """A server for ``app`` on a socket handed to ``serve``; logging stays as the process configured it."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol,  # type: ignore[arg-type]  # whatever makes one does, not only a class
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=grace_s,
        timeout_keep_alive=30,
        backlog=4096,
    )
    return HttpServer(config, on_stop)


def listening_socket(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A bound socket; ``shared`` lets several processes take connections from one port (SO_REUSEPORT).

    Raises:
        OSError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((host, port))
    bound.set_inheritable(True)
    return bound
