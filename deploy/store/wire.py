"""What the server sends: packets of ClickHouse's native protocol, as bytes.

The announced revision is the newest in which a block on the wire is the eight-byte block info followed by plain Native
bytes: the next one (54454) puts a serialization flag before each column.
"""

import struct
from collections.abc import Sequence

from clickhouse_driver import defines
from clickhouse_driver.protocol import ServerPacketTypes
from clickhouse_driver.varint import make_varint

REVISION: int = defines.DBMS_MIN_REVISION_WITH_PARALLEL_REPLICAS
BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
"""No overflow, no bucket number: what the protocol calls the default block info."""
_NO_TABLE = b"\x00"
_NOT_NESTED = b"\x00"

PONG: bytes = make_varint(ServerPacketTypes.PONG)
END_OF_STREAM: bytes = make_varint(ServerPacketTypes.END_OF_STREAM)
Columns = Sequence[tuple[str, str]]


def varint(number: int) -> bytes:
    """A number in groups of seven bits, lowest first."""
    return bytes(make_varint(number))


def string(text: str | bytes) -> bytes:
    """A length and that many bytes."""
    data = text.encode() if isinstance(text, str) else text
    return varint(len(data)) + data


def hello(version: Sequence[int], timezone: str) -> bytes:
    """The answer to a good login."""
    major, minor, patch = version[:3]
    return b"".join(
        (
            varint(ServerPacketTypes.HELLO),
            string("ClickHouse"),
            varint(major),
            varint(minor),
            varint(REVISION),
            string(timezone),
            string("campanile-store"),
            varint(patch),
        )
    )


def exception(code: int, message: str) -> bytes:
    """An error as the client's library will raise it."""
    head = varint(ServerPacketTypes.EXCEPTION) + struct.pack("<i", code)
    return head + string("DB::Exception") + string(message) + string("") + _NOT_NESTED


def header_block(columns: Columns) -> bytes:
    """A block without rows: names and types alone."""
    return varint(len(columns)) + b"\0" + b"".join(string(name) + string(kind) for name, kind in columns)


def data(raw_block: bytes, *, compressed: bool) -> bytes:
    """A data packet around Native bytes."""
    body = BLOCK_INFO + raw_block
    return varint(ServerPacketTypes.DATA) + _NO_TABLE + (_pack(body) if compressed else body)


def progress(rows: int, size: int) -> bytes:
    """How much was read since the last such packet."""
    return varint(ServerPacketTypes.PROGRESS) + varint(rows) + varint(size) + b"\0\0\0"


def profile(rows: int, blocks: int, size: int) -> bytes:
    """What a result consisted of."""
    return varint(ServerPacketTypes.PROFILE_INFO) + varint(rows) + varint(blocks) + varint(size) + b"\0\0\0"


def _pack(body: bytes) -> bytes:
    """One compressed frame: checksum, method, sizes, data."""
    from clickhouse_cityhash.cityhash import CityHash128  # type: ignore[import-untyped]  # noqa: PLC0415 — rarely used
    from clickhouse_driver.compression import get_compressor_cls  # noqa: PLC0415 — on loopback nobody compresses

    compressor = get_compressor_cls("lz4")()
    compressor.write(body)
    packed = bytes([compressor.method_byte]) + compressor.get_compressed_data(1)
    digest = CityHash128(packed)
    return struct.pack("<QQ", digest >> 64, digest & (1 << 64) - 1) + bytes(packed)
