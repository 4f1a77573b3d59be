"""One client's connection: login, then packets until it leaves."""

import socket

import structlog
from clickhouse_driver.protocol import ClientPacketTypes
from clickhouse_driver.reader import read_binary_str
from clickhouse_driver.varint import read_varint

from deploy.store import wire
from deploy.store.blocks import Block, read_block
from deploy.store.engine import Engine
from deploy.store.execution import Execution
from deploy.store.faults import Code, LoginRefused, ProtocolFault
from deploy.store.login import Credentials, admit
from deploy.store.request import QueryRequest, read_query
from deploy.store.tape import Tape
from deploy.store.watcher import Watcher

log = structlog.get_logger(__name__)
_RECEIVE_BYTES = 256 << 10
"""Small enough to stay in a core's cache while it is copied on."""


class ClientConnection:
    """Serves one client in the calling thread."""

    def __init__(
        self, connection: socket.socket, number: int, engine: Engine, watcher: Watcher, credentials: Credentials
    ) -> None:
        self._connection = connection
        self._tag = f"connection {number}"
        self._engine = engine
        self._watcher = watcher
        self._credentials = credentials
        self._tape = Tape(lambda: connection.recv(_RECEIVE_BYTES))
        self._blocks = self._tape

    def serve(self) -> None:
        """Answer until the client leaves or breaks the protocol."""
        try:
            login = admit(self._connection, self._credentials)
            self._connection.sendall(wire.hello(self._engine.version, self._engine.timezone))
            session = self._engine.session()
            try:
                execution = Execution(session, self._connection, self._watcher, self._tag)
                self._answer_packets(execution, login.database)
            finally:
                session.close()
        except LoginRefused as error:
            log.warning("store_login_refused", code=int(error.code))
            self._tell(error)
        except ProtocolFault as error:
            log.warning("store_client_faulty", code=int(error.code), reason=str(error))
            self._tell(error)
        except (EOFError, OSError, UnicodeDecodeError) as error:
            log.debug("store_client_left", error=type(error).__name__)

    def _answer_packets(self, execution: Execution, database: str) -> None:
        while True:
            packet = read_varint(self._tape)
            if packet == ClientPacketTypes.PING:
                self._connection.sendall(wire.PONG)
            elif packet == ClientPacketTypes.QUERY:
                request = read_query(self._tape)
                self._blocks = self._block_tape(request)
                database = self._enter(execution, database)
                execution.answer(request, self._read_data)
            elif packet != ClientPacketTypes.CANCEL:  # a late Cancel: its query is over
                raise ProtocolFault(Code.UNEXPECTED_PACKET_FROM_CLIENT, f"Unexpected packet {packet}")

    def _enter(self, execution: Execution, database: str) -> str:
        """Make the client's database the current one before its first query; it may not exist yet."""
        if database:
            try:
                execution.use(database)
            except Exception as error:
                raise ProtocolFault(
                    Code.UNKNOWN_DATABASE, f"DB::Exception: Database {database} does not exist"
                ) from error
        return ""

    def _block_tape(self, request: QueryRequest) -> Tape:
        """Where blocks are read from: the connection itself, or what is unpacked from it."""
        if not request.compressed:
            return self._tape
        from clickhouse_driver.streams.compressed import CompressedBlockInputStream  # noqa: PLC0415 — rarely used

        return Tape(CompressedBlockInputStream(self._tape, None).read_block)

    def _read_data(self) -> tuple[str, Block]:
        """The table name and the block of one data packet.

        Raises:
            ProtocolFault: it is none, or its block cannot be measured.
        """
        packet = read_varint(self._tape)
        if packet != ClientPacketTypes.DATA:
            raise ProtocolFault(Code.UNEXPECTED_PACKET_FROM_CLIENT, f"Expected a block, got packet {packet}")
        name = read_binary_str(self._tape)
        try:
            self._blocks.read(len(wire.BLOCK_INFO))
            return name, read_block(self._blocks)
        except (EOFError, OSError, ProtocolFault):
            raise
        except Exception as error:
            raise ProtocolFault(Code.UNKNOWN_TYPE, f"Cannot read this block: {error}") from error

    def _tell(self, error: ProtocolFault) -> None:
        try:
            self._connection.sendall(wire.exception(error.code, str(error)))
        except OSError:
            log.debug("store_client_left", error="before it was told")
