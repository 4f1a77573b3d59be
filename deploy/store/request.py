"""Reads a client's query packet (revision 54453) into a value."""

import re
from dataclasses import dataclass, field

from clickhouse_driver.reader import read_binary_str, read_binary_uint8
from clickhouse_driver.varint import read_varint

from deploy.store.faults import Code, ProtocolFault
from deploy.store.tape import Tape

_START_TIME_AND_INTERFACE_BYTES = 9
_TRACE_BYTES = 24
_SETTING_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,127}")
OWNED_SETTINGS = frozenset({"log_comment"})
"""Set by the server: it finds a query to kill by its comment."""


@dataclass(frozen=True)
class Setting:
    """A setting that came with a query; an unknown one is an error only if it is important."""

    value: str
    important: bool


@dataclass(frozen=True)
class QueryRequest:
    """A statement and how it is to be run."""

    sql: str
    compressed: bool
    settings: dict[str, Setting] = field(default_factory=dict)


def read_query(tape: Tape) -> QueryRequest:
    """The rest of a query packet, after its type.

    Raises:
        ProtocolFault: the packet makes no sense.
        EOFError: the client went away.
    """
    read_binary_str(tape)  # query id: the engine has none
    if read_binary_uint8(tape):
        _skip_client_info(tape)
    settings = _read_settings(tape)
    read_binary_str(tape)  # secret between servers
    read_varint(tape)  # stage: always the whole query
    compressed = bool(read_varint(tape))
    return QueryRequest(read_binary_str(tape), compressed, settings)


def _skip_client_info(tape: Tape) -> None:
    for _ in range(3):  # initial user, query id and address
        read_binary_str(tape)
    tape.skip(_START_TIME_AND_INTERFACE_BYTES)
    for _ in range(3):  # system user, host and client name
        read_binary_str(tape)
    for _ in range(3):  # client version and revision
        read_varint(tape)
    read_binary_str(tape)  # quota key
    read_varint(tape)  # distributed depth
    read_varint(tape)  # version patch
    if read_binary_uint8(tape):  # trace context
        tape.skip(_TRACE_BYTES)
        read_binary_str(tape)
        tape.skip(1)
    for _ in range(3):  # parallel replicas
        read_varint(tape)


def _read_settings(tape: Tape) -> dict[str, Setting]:
    settings: dict[str, Setting] = {}
    while name := read_binary_str(tape):
        if not _SETTING_NAME.fullmatch(name):
            raise ProtocolFault(Code.UNKNOWN_SETTING, f"Bad setting name {name[:64]!r}")
        important = bool(read_binary_uint8(tape) & 1)
        value = read_binary_str(tape)
        if name not in OWNED_SETTINGS:
            settings[name] = Setting(value, important)
    return settings
