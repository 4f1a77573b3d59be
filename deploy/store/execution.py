"""Runs one client's statements on its engine session and sends what comes of them."""

import json
import re
import socket
from collections.abc import Callable

from deploy.store import wire
from deploy.store.blocks import Block, read_block
from deploy.store.faults import Code, ProtocolFault, RefusedStatement
from deploy.store.guard import refuse_escapes
from deploy.store.request import QueryRequest, Setting
from deploy.store.session import Session
from deploy.store.sql import Command, Insert, Select, identifier, literal, parse
from deploy.store.staging import Staging
from deploy.store.tape import tape_over
from deploy.store.watcher import RunningQuery, Watcher

ReadBlock = Callable[[], tuple[str, Block]]
"""Gives the next (table name, block) that the client sends."""
_CODE = re.compile(r"Code: (\d+)\. ")
_NOT_STORED = frozenset({"MATERIALIZED", "ALIAS", "EPHEMERAL"})


class Execution:
    """One client's session: its settings, and how its statements are answered."""

    def __init__(self, session: Session, connection: socket.socket, watcher: Watcher, tag: str) -> None:
        self._session = session
        self._connection = connection
        self._watcher = watcher
        self._tag = tag
        self._settings: dict[str, Setting] = {}
        self._compressed = False
        self._run(f"SET log_comment = {literal(tag)}")

    def use(self, database: str) -> None:
        """Make a database the current one."""
        self._run(f"USE {identifier(database)}")

    def answer(self, request: QueryRequest, read: ReadBlock) -> None:
        """Run a statement and send its result, its error, or nothing but the end if the client cancelled it.

        Raises:
            ProtocolFault: what the client sends beside the statement makes no sense.
            EOFError: the client went away.
            OSError: the connection broke.
        """
        self._compressed = request.compressed
        external = _external_tables(read)
        query = RunningQuery(self._connection, self._tag)
        try:
            refuse_escapes(request.sql)
            self._apply(request.settings)
            self._with_external(external, request.sql, query, read)
        except (EOFError, OSError, ProtocolFault):
            raise
        except RefusedStatement as error:
            self._send(wire.exception(error.code, f"DB::Exception: {error}"))
        except Exception as error:  # noqa: BLE001 — the engine raises one type for everything; the client is told
            self._send(wire.END_OF_STREAM if query.is_unwanted else wire.exception(*_engine_error(error)))
        else:
            self._send(wire.END_OF_STREAM)

    def _with_external(self, external: list[tuple[str, Block]], sql: str, query: RunningQuery, read: ReadBlock) -> None:
        made = []
        try:
            for name, block in external:
                made.append(Staging(self._session, name))
                made[-1].add(block)
                made[-1].check()
            self._execute(sql, query, read)
        finally:
            for staging in made:
                staging.drop()

    def _execute(self, sql: str, query: RunningQuery, read: ReadBlock) -> None:
        statement = parse(sql)
        if isinstance(statement, Insert):
            self._insert(statement, read)
            return
        with self._watcher.watching(query):
            if isinstance(statement, Select):
                self._select(statement)
            else:
                self._command(statement)

    def _select(self, statement: Select) -> None:
        """Stream a result, block by block, as the engine makes it."""
        rows = size = blocks = 0
        with self._session.send_query(statement.sql, "Native") as chunks:
            for chunk in chunks:
                raw = chunk.bytes()
                if not blocks:
                    self._send_block(self._header_of(raw, statement.sql))
                rows, size, blocks = rows + chunk.rows_read(), size + len(raw), blocks + 1
                self._send_block(raw)
                self._send(wire.progress(chunk.rows_read(), len(raw)))
        if not blocks:
            self._send_block(self._header_of(b"", statement.sql))
        self._send(wire.profile(rows, blocks, size))

    def _command(self, statement: Command) -> None:
        """Run a statement whole; what it answers, if anything, is small."""
        tape = tape_over(self._run(statement.sql))
        try:
            while True:
                block = read_block(tape)
                self._send_block(wire.header_block(block.columns))
                self._send_block(block.raw)
        except EOFError:
            return

    def _insert(self, statement: Insert, read: ReadBlock) -> None:
        """Take blocks until an empty one, then store them all.

        After a failure the blocks that the client still sends are read and dropped, so that it sees the error.
        """
        self._send_block(wire.header_block(self._describe(statement.described)))
        staging, failure = Staging(self._session), None
        try:
            while True:
                _, block = read()
                if not block.columns:
                    break
                if failure is None and block.rows:
                    failure = _failure_of(staging.add, block)
            if failure is not None:
                raise failure
            staging.move(statement)
        finally:
            staging.drop()

    def _header_of(self, raw: bytes, sql: str) -> bytes:
        """The empty block from which the driver takes a result's names and types."""
        try:
            return wire.header_block(read_block(tape_over(raw)).columns)
        except Exception:  # noqa: BLE001 — no block at all, or a type the driver cannot read: the engine knows it
            return wire.header_block(self._describe(f"({sql})"))

    def _describe(self, what: str) -> list[tuple[str, str]]:
        lines = self._run(f"DESCRIBE TABLE {what}", "JSONCompactEachRow").decode().splitlines()
        rows = [json.loads(line) for line in lines]
        return [(row[0], row[1]) for row in rows if row[2] not in _NOT_STORED]

    def _apply(self, wanted: dict[str, Setting]) -> None:
        """Bring the session's settings to those of the query."""
        for name in [name for name in self._settings if name not in wanted]:
            self._run(f"SET {name} = DEFAULT")
            del self._settings[name]
        for name, setting in wanted.items():
            if self._settings.get(name) == setting:
                continue
            try:
                self._run(f"SET {name} = {literal(setting.value)}")
                self._settings[name] = setting
            except Exception as error:
                if setting.important or _engine_error(error)[0] != Code.UNKNOWN_SETTING:
                    raise

    def _run(self, sql: str, fmt: str = "Native") -> bytes:
        return self._session.query(sql, fmt).bytes()

    def _send_block(self, raw: bytes) -> None:
        self._send(wire.data(raw, compressed=self._compressed))

    def _send(self, packet: bytes) -> None:
        self._connection.sendall(packet)


def _external_tables(read: ReadBlock) -> list[tuple[str, Block]]:
    """The tables that a client sends along with a statement, up to the empty block that ends them."""
    tables: list[tuple[str, Block]] = []
    while True:
        name, block = read()
        if not block.columns:
            return tables
        tables.append((name, block))


def _failure_of(add: Callable[[Block], None], block: Block) -> Exception | None:
    """Add a block; a failure is kept until the client has sent all of its blocks."""
    try:
        add(block)
    except Exception as error:  # noqa: BLE001 — the engine raises one type for everything; it is raised later
        return error
    return None


def _engine_error(error: Exception) -> tuple[int, str]:
    """The code and text of an engine's error."""
    text = str(error)
    found = _CODE.search(text)
    return (int(found[1]), text[found.end() :]) if found else (Code.UNKNOWN_EXCEPTION, text)
