"""Parquet, one row group for every portion of rows."""

import io
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from api.export.table import COLUMNS, Sink

_KINDS: Final = {"text": pa.string(), "integer": pa.int64()}
SCHEMA: Final = pa.schema([(column.name, _KINDS[column.kind]) for column in COLUMNS])
_GROUP_ROWS: Final = 20_000


class _Forward(io.RawIOBase):
    """A file that only goes forward."""

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 — whatever has a buffer
        raw = bytes(data)
        self._sink(raw)
        self._at += len(raw)
        return len(raw)

    def tell(self) -> int:
        return self._at


class ParquetTable:
    """Writes rows as Parquet."""

    def __init__(self, sink: Sink) -> None:
        self._waiting: list[tuple[Any, ...]] = []
        self._writer = pq.ParquetWriter(_Forward(sink), SCHEMA, compression="zstd")

    def write(self, rows: list[tuple[Any, ...]]) -> None:
        """Take the next rows."""
        self._waiting += rows
        if len(self._waiting) >= _GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        """Write what is left, and the footer."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        columns = list(zip(*self._waiting, strict=True)) or [()] * len(COLUMNS)
        arrays = [pa.array(cells, field.type) for cells, field in zip(columns, SCHEMA, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA))
        self._waiting = []
