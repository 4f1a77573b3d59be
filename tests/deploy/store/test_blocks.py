"""A block is measured exactly, whatever its columns are and however it arrives in pieces."""

import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from clickhouse_driver.bufferedwriter import CompressedBufferedWriter
from clickhouse_driver.columns.service import write_column
from clickhouse_driver.varint import write_varint
from clickhouse_driver.writer import write_binary_str
from hypothesis import given
from hypothesis import strategies as st

from deploy.store import blocks
from deploy.store.blocks import read_block
from deploy.store.faults import ProtocolFault
from deploy.store.tape import Tape, tape_over
from deploy.store.wire import header_block, varint

NOW = datetime(2026, 11, 24, tzinfo=UTC)
COLUMNS: list[tuple[str, list[Any]]] = [
    ("UInt8", [1, 2, 3]),
    ("String", [b"", b"\xe9\x92\x9f" * 200, b"x"]),
    ("FixedString(4)", [b"abcd", b"ef", b""]),
    ("LowCardinality(String)", [b"a", b"b", b"a"]),
    ("Array(String)", [[b"a", b"b"], [], [b"c"]]),
    ("Array(FixedString(2))", [[b"ab"], [], [b"cd", b"ef"]]),
    ("Array(Array(UInt16))", [[[1], [2, 3]], [], [[]]]),
    ("Nullable(Float64)", [None, 1.5, 2.0]),
    ("Nullable(String)", [None, b"a", b""]),
    ("DateTime64(3, 'UTC')", [NOW, NOW, NOW]),
    ("UUID", [str(UUID(int=number)) for number in (1, 2, 3)]),
    ("Decimal(18, 2)", [1, 2, 3]),
    ("Map(String, UInt8)", [{b"a": 1}, {}, {b"b": 2}]),
    ("Tuple(String, UInt8)", [(b"a", 1), (b"b", 2), (b"c", 3)]),
    ("Enum8('open' = 0, 'done' = 1)", ["open", "done", "open"]),
    ("IntervalDay", [1, 2, 3]),
]


def native(columns: list[tuple[str, list[Any]]]) -> bytes:
    out, context = io.BytesIO(), blocks._driver_context()
    sink = CompressedBufferedWriter(out, 1 << 16)  # hands what it has to anything that can be written to
    write_varint(len(columns), sink)
    write_varint(len(columns[0][1]), sink)
    for number, (kind, values) in enumerate(columns):
        write_binary_str(f"c{number}", sink)
        write_binary_str(kind, sink)
        write_column(context, f"c{number}", kind, list(values), sink)  # it changes the list that it is given
    sink.flush()
    return out.getvalue()


def in_pieces(data: bytes, size: int) -> Tape:
    pieces = iter([data[start : start + size] for start in range(0, len(data), size)])
    return Tape(lambda: next(pieces, b""))


@pytest.mark.parametrize("column", COLUMNS, ids=[kind for kind, _ in COLUMNS])
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_a_block_ends_where_its_last_column_ends(column: tuple[str, list[Any]], size: int) -> None:
    raw = native([column, ("String", [b"end", b"of", b"block"])])
    tape = in_pieces(raw + b"next", size)
    block = read_block(tape)
    assert block.raw == raw
    assert block.rows == 3
    assert block.columns == (("c0", column[0]), ("c1", "String"))
    assert tape.read(4) == b"next"


@given(st.lists(st.lists(st.binary(max_size=40), min_size=3, max_size=3), min_size=1, max_size=4), st.integers(1, 50))
def test_any_strings_are_measured_in_any_pieces(columns: list[list[bytes]], size: int) -> None:
    raw = native([("String", values) for values in columns])
    assert read_block(in_pieces(raw * 2, size)).raw == raw


def test_an_empty_block_has_only_names_and_types() -> None:
    raw = header_block([("a", "String"), ("b", "Array(UInt8)")])
    assert read_block(tape_over(raw)).raw == raw


def test_a_block_with_too_many_columns_is_refused() -> None:
    with pytest.raises(ProtocolFault):
        read_block(tape_over(varint(1 << 40) + varint(1)))


def test_a_block_that_is_cut_off_is_no_block() -> None:
    raw = native([("String", [b"abc", b"def"])])
    with pytest.raises(EOFError):
        read_block(tape_over(raw[:-1]))
