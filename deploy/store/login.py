"""The door: who may talk to the store. Everything before the password is bounded in size and in time."""

import hmac
import socket
import time
from dataclasses import dataclass, field

from clickhouse_driver.protocol import ClientPacketTypes

from deploy.store.faults import Code, LoginRefused
from deploy.store.wire import REVISION

LOGIN_S = 5.0
MAX_FIELD_BYTES = 256
_VARINT_BITS = 63


@dataclass(frozen=True)
class Credentials:
    """The one user of the store."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Login:
    """A client that gave the right password."""

    client: str
    database: str


class _Knock:
    """Reads exactly as many bytes as the greeting has, until a deadline."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def read(self, size: int) -> bytes:
        parts = b""
        while len(parts) < size:
            left_s = self._deadline - time.monotonic()
            if left_s <= 0:
                raise LoginRefused(Code.AUTHENTICATION_FAILED, "The greeting took too long")
            self._connection.settimeout(left_s)
            chunk = self._connection.recv(size - len(parts))
            if not chunk:
                raise EOFError
            parts += chunk
        return parts

    def varint(self) -> int:
        number = shift = 0
        while shift < _VARINT_BITS:
            byte = self.read(1)[0]
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7
        raise LoginRefused(Code.UNKNOWN_PACKET_FROM_CLIENT, "A number in the greeting is too long")

    def text(self) -> str:
        size = self.varint()
        if size > MAX_FIELD_BYTES:
            raise LoginRefused(Code.AUTHENTICATION_FAILED, f"A name may have {MAX_FIELD_BYTES} bytes")
        return self.read(size).decode(errors="replace")


def admit(connection: socket.socket, credentials: Credentials, *, limit_s: float = LOGIN_S) -> Login:
    """Read a client's greeting and let it in.

    Args:
        connection: a connection that has just been accepted; on return it has no timeout.
        credentials: what it must give.
        limit_s: seconds that the greeting may take.

    Raises:
        LoginRefused: wrong user or password, an old client, or no greeting at all.
        EOFError: the client went away.
        OSError: the connection broke, or the deadline passed while waiting (:class:`TimeoutError`).
    """
    knock = _Knock(connection, time.monotonic() + limit_s)
    if knock.varint() != ClientPacketTypes.HELLO:
        raise LoginRefused(Code.UNEXPECTED_PACKET_FROM_CLIENT, "Expected a greeting")
    client = knock.text()
    _major, _minor, revision = knock.varint(), knock.varint(), knock.varint()
    database, given_user, given_password = knock.text(), knock.text(), knock.text()
    known = hmac.compare_digest(given_user.encode(), credentials.user.encode())
    right = hmac.compare_digest(given_password.encode(), credentials.password.encode())
    if not (known and right):
        raise LoginRefused(Code.AUTHENTICATION_FAILED, "Authentication failed: wrong user or password")
    if revision < REVISION:
        raise LoginRefused(Code.UNKNOWN_PACKET_FROM_CLIENT, f"Clients need protocol revision {REVISION} or newer")
    connection.settimeout(None)
    return Login(client, database)
