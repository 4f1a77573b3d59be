"""The store as clickhouse-driver sees it."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import Error, ServerException

from deploy.store.faults import Code
from streams.archive.settings import StoreSettings
from streams.archive.store_client import connect, session
from tests.fixtures.processes import wait_until

pytestmark = pytest.mark.engine

SLOW = "SELECT sum(sleepEachRow(0.05)) FROM numbers(2000) SETTINGS max_block_size = 1"


@pytest.fixture
def client(database: StoreSettings) -> Iterator[Client]:
    made = connect(database)
    yield made
    made.disconnect()


def running(client: Client) -> int:
    """How many queries run besides this one."""
    found: int = client.execute("SELECT count() - 1 FROM system.processes")[0][0]
    return found


def test_values_of_many_types_come_back_as_they_went(client: Client) -> None:
    client.execute(
        "CREATE TABLE t (a Int64, b String, c LowCardinality(String), d Array(String), e Nullable(Float64), "
        "f DateTime64(3, 'UTC'), g UUID, h Map(String, UInt8), i FixedString(2)) ENGINE = MergeTree ORDER BY a"
    )
    sent = [
        (
            number,
            "钟楼" * number,
            f"k{number % 3}",
            ["a"] * (number % 4),
            None if number % 2 else 1.5,
            datetime(2026, 11, 24, tzinfo=UTC),
            UUID(int=number),
            {"x": number % 7},
            "ab",
        )
        for number in range(500)
    ]
    assert client.execute("INSERT INTO t VALUES", sent) == len(sent)
    assert client.execute("SELECT * FROM t ORDER BY a") == sent


@pytest.mark.parametrize("compression", [False, "lz4"])
def test_blocks_may_be_compressed(database: StoreSettings, compression: str | bool) -> None:  # noqa: FBT001 — the driver's
    made = Client(
        host="127.0.0.1",
        port=database.port,
        database=database.database,
        password=database.password.get_secret_value(),
        compression=compression,
    )
    made.execute("CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a")
    made.execute("INSERT INTO t VALUES", [(str(number) * 50,) for number in range(2000)])
    assert made.execute("SELECT count(), uniqExact(a) FROM t") == [(2000, 2000)]
    assert len(made.execute("SELECT a FROM t")) == 2000
    made.disconnect()


def test_a_long_result_is_streamed_whole(client: Client) -> None:
    rows = client.execute_iter("SELECT number, toString(number) FROM numbers(400000)")
    assert sum(number for number, _ in rows) == 400_000 * 399_999 // 2


def test_an_empty_result_has_its_columns(client: Client) -> None:
    rows, columns = client.execute("SELECT 1 AS a, 'x' AS b WHERE 0", with_column_types=True)
    assert (rows, columns) == ([], [("a", "UInt8"), ("b", "String")])


def test_external_tables_may_be_sent_along(client: Client) -> None:
    table = {"name": "ext", "structure": [("x", "Int32"), ("y", "Array(Int32)")], "data": [{"x": 1, "y": [2]}]}
    for _ in range(2):
        assert client.execute("SELECT * FROM ext", external_tables=[table]) == [(1, [2])]


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM nowhere", 60),
        ("SELEC 1", 62),
        ("SELECT throwIf(number = 5) FROM numbers(10)", 395),
        ("SELECT sleepEachRow(3) FROM numbers(9) SETTINGS max_block_size = 1, max_execution_time = 1", 159),
        ("SELECT * FROM url('http://127.0.0.1:1/x', 'LineAsString')", 497),
        ("SELECT * FROM remote('127.0.0.1:1', 'system.one')", 497),
        ("SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')", 497),
        ("SELECT * FROM file('/etc/passwd', 'LineAsString')", 497),
        ("SELECT file('/etc/passwd')", 497),
        ("CREATE TABLE x (a String) ENGINE = URL('http://127.0.0.1:1/x', TSV)", 497),
        ("CREATE USER someone", 497),
        ("GRANT ALL ON *.* TO default", 497),
        ("SYSTEM SHUTDOWN", 497),
        ("BACKUP DATABASE system TO Disk('x', 'y')", 497),
    ],
)
def test_an_error_carries_its_code_and_leaves_the_connection_usable(client: Client, sql: str, code: int) -> None:
    with pytest.raises(ServerException) as raised:
        client.execute(sql)
    assert raised.value.code == code
    assert client.execute("SELECT 1") == [(1,)]


def test_an_insert_that_fails_leaves_nothing_and_the_connection_usable(client: Client) -> None:
    client.execute("CREATE TABLE t (a Int8, CONSTRAINT small CHECK a < 100) ENGINE = MergeTree ORDER BY a")
    with pytest.raises(ServerException):
        client.execute("INSERT INTO t VALUES", [(number,) for number in range(128)])
    with pytest.raises(ServerException):
        client.execute("INSERT INTO t (unknown) VALUES", [(1,)])
    assert client.execute("SELECT count() FROM t") == [(0,)]


def test_a_view_that_fails_is_not_acknowledged(client: Client) -> None:
    client.execute("CREATE TABLE t (a Int8) ENGINE = Null")
    client.execute("CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a")
    client.execute("CREATE MATERIALIZED VIEW v TO kept AS SELECT throwIf(a = 5) AS a FROM t")
    with pytest.raises(ServerException) as raised:
        client.execute("INSERT INTO t VALUES", [(4,), (5,)])
    assert raised.value.code == 395
    client.execute("INSERT INTO t VALUES", [(4,), (6,)])
    assert client.execute("SELECT count() FROM kept") == [(2,)]


def test_too_many_parts_are_not_acknowledged(client: Client) -> None:
    client.execute(
        "CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a "
        "SETTINGS parts_to_throw_insert = 2, parts_to_delay_insert = 1000, max_bytes_to_merge_at_max_space_in_pool = 1"
    )
    acknowledged, refused = 0, set()
    for number in range(20):
        try:
            client.execute("INSERT INTO t VALUES", [(number,)])
            acknowledged += 1
        except ServerException as error:
            refused.add(error.code)
    assert refused == {252}
    assert client.execute("SELECT count() FROM t") == [(acknowledged,)]


def test_settings_hold_for_their_query_alone(client: Client) -> None:
    asked = "SELECT getSetting('max_threads')"
    usual = client.execute(asked)
    assert client.execute(asked, settings={"max_threads": 1, "no_such_setting": 1}) == [(1,)]
    assert client.execute(asked) == usual


def test_a_cancelled_query_ends_and_its_connection_goes_on(client: Client, database: StoreSettings) -> None:
    rows = client.execute_iter("SELECT number, sleepEachRow(0.01) FROM numbers(100000) SETTINGS max_block_size = 5")
    next(iter(rows))
    client.cancel()
    assert client.execute("SELECT 2") == [(2,)]
    with session(database) as other:
        assert running(other) == 0


def test_a_query_whose_client_vanished_is_killed(database: StoreSettings, client: Client) -> None:
    vanishing = connect(database)

    def ask() -> None:
        with pytest.raises((Error, EOFError, OSError)):
            vanishing.execute(SLOW)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: running(client) == 1, timeout_s=60, what="the query runs")
    vanishing.connection.socket.shutdown(socket.SHUT_RDWR)
    wait_until(lambda: running(client) == 0, timeout_s=60, what="the query is killed")
    asking.join()
    vanishing.disconnect()


def test_many_clients_work_at_once(database: StoreSettings) -> None:
    with session(database) as client:
        client.execute("CREATE TABLE t (a UInt32, b UInt32) ENGINE = MergeTree ORDER BY (a, b)")
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with session(database) as own:
                for turn in range(10):
                    own.execute("INSERT INTO t VALUES", [(number, turn)])
                    assert own.execute("SELECT count() FROM t WHERE a = %(a)s", {"a": number}) == [(turn + 1,)]
        except BaseException as error:  # noqa: BLE001 — handed to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_wrong_password_is_told_so(store_settings: StoreSettings) -> None:
    wrong = Client(host="127.0.0.1", port=store_settings.port, password="guess")
    with pytest.raises(ServerException) as raised:
        wrong.execute("SELECT 1")
    assert raised.value.code == Code.AUTHENTICATION_FAILED
    wrong.disconnect()


def is_hung_up(noisy: socket.socket, data: bytes) -> bool:
    """Send noise and look whether the other side is gone; a timeout is an error."""
    try:
        noisy.sendall(data)
        noisy.shutdown(socket.SHUT_WR)
        while noisy.recv(4096):
            pass
    except TimeoutError:
        raise
    except OSError:  # reset, or not connected any more
        return True
    return True


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 100, bytes(1000)],
    ids=["nothing", "hello", "http", "ones", "zeros"],
)
def test_noise_is_hung_up_on_and_does_not_disturb_others(
    store_settings: StoreSettings, client: Client, data: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", store_settings.port)) as noisy:
        noisy.settimeout(60)
        assert is_hung_up(noisy, data)
    assert client.execute("SELECT 1") == [(1,)]


def test_noise_after_the_login_is_told_so(client: Client) -> None:
    client.execute("SELECT 1")
    client.connection.socket.sendall(b"\x7f" * 10)
    with pytest.raises((Error, EOFError)):
        client.execute("SELECT 1")
    deadline = time.monotonic() + 10
    assert client.execute("SELECT 1") == [(1,)]
    assert time.monotonic() < deadline
