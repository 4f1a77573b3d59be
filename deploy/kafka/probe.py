"""Asks a broker for its versions: the cheapest question that only a Kafka which is up can answer."""

import socket
import struct
import time
from collections.abc import Callable

API_VERSIONS = 18
TIMEOUT_S = 2.0
POLL_S = 0.05


def kafka_answers(bootstrap: str, timeout_s: float = TIMEOUT_S) -> bool:
    """Whether the first of ``host:port[,host:port…]`` answers an ApiVersions request without an error."""
    host, _, port = bootstrap.split(",", maxsplit=1)[0].rpartition(":")
    correlation_id = 1
    client_id = b"campanile-probe"
    body = struct.pack(f">hhih{len(client_id)}s", API_VERSIONS, 0, correlation_id, len(client_id), client_id)
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=timeout_s) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = connection.makefile("rb").read(10)
    except (OSError, ValueError):
        return False
    if len(answer) < 10:
        return False
    _, correlated, error = struct.unpack(">iih", answer)
    return bool(correlated == correlation_id and error == 0)


def wait_for_kafka(bootstrap: str, *, timeout_s: float, is_hopeless: Callable[[], bool] = lambda: False) -> bool:
    """Wait until Kafka answers; False when the time is over or ``is_hopeless`` says that it never will."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and not is_hopeless():
        if kafka_answers(bootstrap):
            return True
        time.sleep(POLL_S)
    return False
