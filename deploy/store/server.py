"""The store's server: accepts clients, gives each a thread, and ends them all when it stops."""

import itertools
import socket
import threading
import time
from contextvars import copy_context

import structlog

from deploy.store import wire
from deploy.store.client import ClientConnection
from deploy.store.engine import Engine
from deploy.store.faults import Code
from deploy.store.login import Credentials
from deploy.store.watcher import Watcher
from schemas.metrics import STORE_CLIENTS, STORE_REFUSED, Meter

log = structlog.get_logger(__name__)
ACCEPT_POLL_S = 0.2
_BACKLOG = 128


class StoreServer:
    """Listens on ``(host, port)``; port 0 takes any free one, see :attr:`port`."""

    def __init__(  # noqa: PLR0913 — all of it is what a server needs to know
        self, engine: Engine, *, host: str, port: int, credentials: Credentials, max_clients: int, meter: Meter
    ) -> None:
        self._engine = engine
        self._credentials = credentials
        self._max_clients = max_clients
        self._meter = meter
        self._watcher = Watcher(engine)
        self._lock = threading.Lock()
        self._clients: dict[threading.Thread, socket.socket] = {}
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self._listener = socket.create_server((host, port), backlog=_BACKLOG)
        self._listener.settimeout(ACCEPT_POLL_S)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._listener.getsockname()[1])

    def serve(self) -> None:
        """Accept clients until :meth:`stop` is called from elsewhere (a signal handler may)."""
        while not self._stopping.is_set():
            self._accept()

    def stop(self) -> None:
        """Have :meth:`serve` return."""
        self._stopping.set()

    def close(self, grace_s: float = 5.0) -> None:
        """Take no more clients, end running queries, hang up, and wait for the threads."""
        self._listener.close()
        self._watcher.cancel_all()
        with self._lock:
            leaving = dict(self._clients)
        for connection in leaving.values():
            _hang_up(connection)
        deadline = time.monotonic() + grace_s
        for thread in leaving:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._watcher.stop()
        log.info("store_clients_ended", clients=len(leaving), left=sum(thread.is_alive() for thread in leaving))

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (TimeoutError, ConnectionError):  # nobody came, or somebody left again
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        with self._lock:
            if len(self._clients) >= self._max_clients:
                self._refuse(connection)
                return
            thread = threading.Thread(
                target=copy_context().run, args=(self._serve, connection), name="store-client", daemon=True
            )
            self._clients[thread] = connection
            self._meter.gauge(STORE_CLIENTS, len(self._clients))
        thread.start()

    def _refuse(self, connection: socket.socket) -> None:
        self._meter.count(STORE_REFUSED)
        log.warning("store_client_refused", limit=self._max_clients)
        connection.settimeout(ACCEPT_POLL_S)
        try:
            connection.sendall(
                wire.exception(
                    Code.TOO_MANY_SIMULTANEOUS_QUERIES, f"DB::Exception: {self._max_clients} clients are connected"
                )
            )
        except OSError:
            log.debug("store_client_left", error="before it was refused")
        _hang_up(connection)
        connection.close()

    def _serve(self, connection: socket.socket) -> None:
        client = ClientConnection(connection, next(self._numbers), self._engine, self._watcher, self._credentials)
        try:
            client.serve()
        except Exception:
            log.exception("store_client_failed")
        finally:
            with self._lock:
                del self._clients[threading.current_thread()]
                self._meter.gauge(STORE_CLIENTS, len(self._clients))
            _hang_up(connection)
            connection.close()


def _hang_up(connection: socket.socket) -> None:
    """End both directions, so that whoever waits for the connection wakes up."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
