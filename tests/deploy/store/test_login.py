"""Who comes in, and that whoever does not costs nothing."""

import socket
from collections.abc import Iterator

import pytest

from deploy.store.faults import Code, LoginRefused
from deploy.store.login import Credentials, admit
from deploy.store.wire import REVISION, string, varint

RIGHT = Credentials("default", "correct-horse-battery")


def greeting(user: str = "default", password: str = RIGHT.password, revision: int = REVISION) -> bytes:
    head = varint(0) + string("client") + varint(20) + varint(10) + varint(revision)
    return head + string("campanile") + string(user) + string(password)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    server, client = socket.socketpair()
    with server, client:
        yield server, client


def test_the_right_password_opens(pair: tuple[socket.socket, socket.socket]) -> None:
    server, client = pair
    client.sendall(greeting() + b"more")
    login = admit(server, RIGHT)
    assert (login.client, login.database) == ("client", "campanile")
    assert server.gettimeout() is None
    assert server.recv(4) == b"more"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(greeting(password="wrong"), Code.AUTHENTICATION_FAILED, id="wrong password"),
        pytest.param(greeting(password=""), Code.AUTHENTICATION_FAILED, id="no password"),
        pytest.param(greeting(user="admin"), Code.AUTHENTICATION_FAILED, id="unknown user"),
        pytest.param(greeting(user="密码"), Code.AUTHENTICATION_FAILED, id="a name that is not ASCII"),
        pytest.param(greeting(revision=54000), Code.UNKNOWN_PACKET_FROM_CLIENT, id="an old client"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", Code.UNEXPECTED_PACKET_FROM_CLIENT, id="a browser"),
        pytest.param(varint(0) + varint(1 << 50), Code.AUTHENTICATION_FAILED, id="a name of a petabyte"),
        pytest.param(varint(0) + b"\xff" * 30, Code.UNKNOWN_PACKET_FROM_CLIENT, id="a number without end"),
    ],
)
def test_anything_else_does_not(pair: tuple[socket.socket, socket.socket], data: bytes, code: Code) -> None:
    server, client = pair
    client.sendall(data)
    with pytest.raises(LoginRefused) as refused:
        admit(server, RIGHT, limit_s=0.5)
    assert refused.value.code == code


def test_a_client_that_says_nothing_is_left_after_the_limit(pair: tuple[socket.socket, socket.socket]) -> None:
    server, client = pair
    client.sendall(varint(0))
    with pytest.raises(TimeoutError):
        admit(server, RIGHT, limit_s=0.05)


def test_a_client_that_leaves_is_left(pair: tuple[socket.socket, socket.socket]) -> None:
    server, client = pair
    client.close()
    with pytest.raises(EOFError):
        admit(server, RIGHT)


def test_a_password_is_not_shown() -> None:
    assert RIGHT.password not in repr(RIGHT)
