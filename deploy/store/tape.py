"""Reads what a client sends, and can hand back exactly the bytes that a piece of it consisted of."""

import struct
from collections.abc import Callable

from clickhouse_driver.bufferedreader import BufferedReader
from clickhouse_driver.varint import read_varint

from deploy.store.faults import Code, ProtocolFault

MAX_BLOCK_BYTES = 256 << 20
"""A block must be held in memory until its end is found."""
_SHORT_STRING_BYTES = 1024
_UINT64 = struct.Struct("<Q")

Source = Callable[[], bytes]
"""Gives the next bytes; empty at the end."""


class Tape(BufferedReader):  # type: ignore[misc]  # the driver's compiled reader carries no types
    """The driver's reader over a :data:`Source`, able to record what is read.

    Subclassed because the driver's own readers of varints, strings and columns are compiled and take only this type.
    """

    # attributes of the compiled base class
    buffer: bytearray
    current_buffer_size: int
    position: int

    def __init__(self, source: Source) -> None:
        super().__init__(0)
        self._source = source
        self._chunks: list[bytes | memoryview] | None = None
        self._recorded_bytes = 0

    def read_into_buffer(self) -> None:
        """Called by the base class when its buffer is used up; ``position`` stays the caller's to set."""
        chunk = self._source()
        if not chunk:
            raise EOFError
        self.buffer = bytearray(chunk)
        self.current_buffer_size = len(chunk)
        if self._chunks is not None:
            self._recorded_bytes += len(chunk)
            if self._recorded_bytes > MAX_BLOCK_BYTES:
                raise ProtocolFault(Code.TOO_LARGE_ARRAY_SIZE, f"A block may have {MAX_BLOCK_BYTES} bytes")
            self._chunks.append(chunk)

    def record(self) -> None:
        """Keep everything that is read from here on."""
        self._chunks = [bytes(self.buffer[self.position : self.current_buffer_size])]
        self._recorded_bytes = 0

    def recorded(self) -> bytes:
        """Everything that was read since :meth:`record`."""
        chunks, self._chunks = self._chunks or [b""], None
        chunks[-1] = memoryview(chunks[-1])[: len(chunks[-1]) - (self.current_buffer_size - self.position)]
        return b"".join(chunks)

    def skip(self, size: int) -> None:
        """Pass over ``size`` bytes without copying them."""
        while size > (here := self.current_buffer_size - self.position):
            size -= here
            self.position = 0
            self.read_into_buffer()
        self.position += size

    def skip_strings(self, count: int) -> None:
        """Pass over strings: long ones one by one, short ones together, since making them is cheaper than a loop."""
        while count:
            length = read_varint(self)
            self.skip(length)
            count -= 1
            if length < _SHORT_STRING_BYTES:
                self.read_strings(count)
                return

    def uint64(self) -> int:
        """A little-endian unsigned number of eight bytes."""
        return int(_UINT64.unpack(self.read(8))[0])


def tape_over(data: bytes) -> Tape:
    """A tape over bytes that are already here."""
    chunks = iter((bytes(data),))
    return Tape(lambda: next(chunks, b""))
