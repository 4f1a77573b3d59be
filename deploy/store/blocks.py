"""Finds where a Native block ends, without making values of it.

A block is: number of columns, number of rows, and per column its name, its type and its data. The engine reads and
writes the very same bytes as ``FORMAT Native``; so a block from a client is only measured and then handed on.
"""

from dataclasses import dataclass
from types import MappingProxyType

from clickhouse_driver.columns.service import read_column
from clickhouse_driver.columns.util import get_inner_spec
from clickhouse_driver.connection import ServerInfo
from clickhouse_driver.context import Context
from clickhouse_driver.reader import read_binary_str
from clickhouse_driver.varint import read_varint

from deploy.store.faults import Code, ProtocolFault
from deploy.store.tape import Tape
from deploy.store.wire import REVISION

MAX_COLUMNS = 10_000
_WIDTHS = MappingProxyType(
    dict.fromkeys(("Int8", "UInt8", "Bool", "Enum8", "Nothing"), 1)
    | dict.fromkeys(("Int16", "UInt16", "Enum16", "Date", "BFloat16"), 2)
    | dict.fromkeys(
        ("Int32", "UInt32", "Float32", "Date32", "DateTime", "Time", "IPv4", "Decimal32"),
        4,
    )
    | dict.fromkeys(("Int64", "UInt64", "Float64", "DateTime64", "Time64", "Decimal64"), 8)
    | dict.fromkeys(("UUID", "IPv6", "Int128", "UInt128", "Decimal128"), 16)
    | dict.fromkeys(("Int256", "UInt256", "Decimal256"), 32)
)
_LOW_CARDINALITY_VERSION_BYTES = 8
_INDEX_WIDTH_MASK = 0xF


@dataclass(frozen=True)
class Block:
    """A block as it came: ``columns`` are (name, type) pairs, ``raw`` its Native bytes."""

    columns: tuple[tuple[str, str], ...]
    rows: int
    raw: bytes


def read_block(tape: Tape) -> Block:
    """One block off the tape.

    Raises:
        ProtocolFault: a column's type is not known, or the sizes make no sense.
        EOFError: the tape ends before the block does.
    """
    tape.record()
    count, rows = read_varint(tape), read_varint(tape)
    if count > MAX_COLUMNS:
        raise ProtocolFault(Code.TOO_LARGE_ARRAY_SIZE, f"A block of {count} columns")
    columns = []
    for _ in range(count):
        name, kind = read_binary_str(tape), read_binary_str(tape)
        columns.append((name, kind))
        if rows:
            _skip_column(kind, rows, tape)
    return Block(tuple(columns), rows, tape.recorded())


def _skip_column(kind: str, rows: int, tape: Tape) -> None:
    if kind == "LowCardinality(String)":
        tape.skip(_LOW_CARDINALITY_VERSION_BYTES)
        index_width = 1 << (tape.uint64() & _INDEX_WIDTH_MASK)
        tape.skip_strings(tape.uint64())
        tape.skip(tape.uint64() * index_width)
    elif not _skip_plain(kind, rows, tape):
        read_column(_driver_context(), kind, rows, tape)  # makes the values, and is therefore slow


def _skip_plain(kind: str, rows: int, tape: Tape) -> bool:
    """Skip a column whose data has no prefix; False, with nothing read, for any other type."""
    width = _fixed_width(kind)
    if width:
        tape.skip(rows * width)
        return True
    if kind == "String":
        tape.skip_strings(rows)
        return True
    family = kind.partition("(")[0]
    if family not in ("Nullable", "Array"):
        return False
    inner = get_inner_spec(family, kind)
    if inner != "String" and not _fixed_width(inner):
        return False
    if family == "Nullable":
        tape.skip(rows)
        return _skip_plain(inner, rows, tape)
    tape.skip((rows - 1) * 8)
    return _skip_plain(inner, tape.uint64(), tape)


def _fixed_width(kind: str) -> int:
    """Bytes of one value, 0 if they vary."""
    family, _, rest = kind.partition("(")
    if family == "FixedString":
        return int(rest[:-1])
    if family == "Decimal":
        digits = int(rest.partition(",")[0])
        return 4 if digits < 10 else 8 if digits < 19 else 16 if digits < 39 else 32
    return 8 if family.startswith("Interval") else _WIDTHS.get(family, 0)


def _driver_context() -> Context:
    """What the driver's column readers want to know."""
    context = Context()
    context.client_settings = {
        "use_numpy": False,
        "strings_as_bytes": True,
        "strings_encoding": "utf-8",
        "namedtuple_as_json": True,
        "server_side_params": False,
    }
    context.settings = {}
    context.server_info = ServerInfo("ClickHouse", 0, 0, 0, REVISION, "UTC", "ClickHouse", REVISION)
    return context
