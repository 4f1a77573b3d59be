"""Asks a broker for its versions: the cheapest question that only a Kafka which is up can answer."""

import socket
import struct
import time
from collections.abc import Callable

from schemas.errors import UnreachableError

API_VERSIONS = 18
TIMEOUT_S = 2.0
PATIENCE_S = 10.0
"""For a broker on a busy machine; one that is not there refuses at once."""
POLL_S = 0.05


def kafka_answers(bootstrap: str, timeout_s: float = TIMEOUT_S) -> bool:
    """Whether one of ``host:port[,host:port…]`` answers an ApiVersions request without an error."""
    return any(_answers(address, timeout_s) for address in bootstrap.split(","))


def require_kafka(bootstrap: str) -> None:
    """Ask before a client library is set to work: it would try for many seconds, and leave its sockets open.

    Raises:
        UnreachableError: nobody answers.
    """
    if not kafka_answers(bootstrap, PATIENCE_S):
        raise UnreachableError(
            f"Kafka 无应答 / Kafka at {bootstrap} does not answer",
            cause="它未启动，或地址有误 / it is not running, or the address is wrong",
            remedy="campanile doctor",
        )


def _answers(address: str, timeout_s: float) -> bool:
    host, _, port = address.strip().rpartition(":")
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
