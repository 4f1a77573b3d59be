"""Health and metrics of one process, on a port of its own, answered by a thread of its own.

A thread, because a hung event loop must show as "not live" and not as silence; a port of its own, because several
gateways share one public port and each has its own state. It listens on loopback unless told otherwise and says
nothing about content.
"""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from deploy.meter import CONTENT_TYPE, PrometheusMeter

Check = Callable[[], bool]


class OpsServer:
    """``/livez``, ``/readyz`` (each check by name) and ``/metrics`` for as long as the ``with`` block lasts."""

    def __init__(
        self, host: str, port: int, *, meter: PrometheusMeter, live: Check, ready: Mapping[str, Check]
    ) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler(meter, live, ready))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="ops", daemon=True)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(meter: PrometheusMeter, live: Check, ready: Mapping[str, Check]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match urlsplit(self.path).path:
                case "/livez":
                    self._answer_checks({"loop": live})
                case "/readyz":
                    self._answer_checks(ready)
                case "/metrics":
                    self._answer(200, CONTENT_TYPE, meter.render())
                case _:
                    self._answer(404, "text/plain; charset=utf-8", b"livez, readyz, metrics\n")

        def _answer_checks(self, checks: Mapping[str, Check]) -> None:
            results = {name: check() for name, check in checks.items()}
            body = json.dumps({"ok": all(results.values()), "checks": results}).encode()
            self._answer(200 if all(results.values()) else 503, "application/json", body)

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the name is http.server's
            """Health checks are not logged."""

    return Handler
