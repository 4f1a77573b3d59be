"""The one way to ClickHouse: clickhouse-driver, with its errors translated.

A client belongs to one thread. Text comes back as ``str`` unless the client was asked for bytes.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from clickhouse_driver import Client
from clickhouse_driver.errors import Error, ErrorCodes, NetworkError, ServerException

from schemas.errors import DataFaultError, UnreachableError
from streams.archive.settings import StoreSettings

_MAY_PASS = frozenset(
    {
        ErrorCodes.TIMEOUT_EXCEEDED,
        ErrorCodes.TOO_MANY_SIMULTANEOUS_QUERIES,
        ErrorCodes.SOCKET_TIMEOUT,
        ErrorCodes.NETWORK_ERROR,
        ErrorCodes.MEMORY_LIMIT_EXCEEDED,
        ErrorCodes.TABLE_IS_READ_ONLY,
        ErrorCodes.TOO_MANY_PARTS,
        ErrorCodes.QUERY_WAS_CANCELLED,
        ErrorCodes.ALL_CONNECTION_TRIES_FAILED,
        ErrorCodes.NOT_ENOUGH_SPACE,
    }
)
"""Refusals that a later try may not meet."""


class StoreAwayError(UnreachableError):
    """The store does not answer, or cannot take more at the moment: try again later."""

    code = "CAMP-420"
    retry_after_s = 2


class StoreRefusedError(DataFaultError):
    """The store answered with an error that another try would meet again."""

    code = "CAMP-520"

    def __init__(self, message: str, *, cause: str = "", remedy: str = "", store_code: int = 0) -> None:
        super().__init__(message, cause=cause, remedy=remedy)
        self.store_code = store_code
        """ClickHouse's own error code."""


def connect(store: StoreSettings, *, timeout_s: float = 30.0, as_bytes: bool = False, database: bool = True) -> Client:
    """A client that connects on its first statement and again after a broken connection.

    Args:
        store: where and who.
        timeout_s: longest silence within a statement.
        as_bytes: give String columns as bytes, and take bytes for them.
        database: whether to enter the product's database, which must then exist.
    """
    return Client(
        host=store.host or "127.0.0.1",
        port=store.port,
        database=store.database if database else "",
        user=store.user,
        password=store.password.get_secret_value(),
        secure=store.secure,
        connect_timeout=5,
        send_receive_timeout=timeout_s,
        sync_request_timeout=5,
        client_name="campanile",
        settings={"strings_as_bytes": as_bytes},
    )


def hang_up(client: Client) -> None:
    """Have what another thread does with a client end soon, by an error. Callable from any thread.

    The client itself is that thread's: closing it here, while the thread closes it too, would break it.
    """
    waiting = client.connection.socket
    if waiting is not None:
        with suppress(OSError):  # it is closed already
            waiting.shutdown(socket.SHUT_RDWR)


@contextmanager
def translated(store: StoreSettings) -> Iterator[None]:
    """Errors of the driver within the block become ours.

    Raises:
        StoreAwayError: nobody answers, or the store is overloaded.
        StoreRefusedError: the store refused for good.
    """
    place = f"{store.host or '127.0.0.1'}:{store.port}"
    try:
        yield
    except (NetworkError, OSError, EOFError) as error:
        raise StoreAwayError(
            f"存储 {place} 无应答 / the store at {place} does not answer", cause=str(error), remedy="campanile doctor"
        ) from error
    except ServerException as error:
        text = error.message.partition("Stack trace:")[0].strip()
        if error.code in _MAY_PASS:
            raise StoreAwayError(
                f"存储暂时拒绝 / the store cannot take more now: {text}", cause=str(error.code)
            ) from error
        raise StoreRefusedError(
            f"存储报错 / the store refused: {text}",
            cause=f"ClickHouse error {error.code}",
            remedy="campanile migrate status",
            store_code=int(error.code),
        ) from error
    except Error as error:
        raise StoreRefusedError(f"存储应答有误 / the store's answer makes no sense: {error}") from error


@contextmanager
def session(store: StoreSettings, *, database: bool = True) -> Iterator[Client]:
    """A client for the block, which hangs up at its end; errors are ours.

    Raises:
        StoreAwayError, StoreRefusedError: see :func:`translated`.
    """
    client = connect(store, database=database)
    try:
        with translated(store):
            yield client
    finally:
        client.disconnect()


def rows(client: Client, sql: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """The rows of a SELECT."""
    found: list[tuple[Any, ...]] = client.execute(sql, parameters)
    return found
