"""CSV as Excel opens it: UTF-8 with a byte order mark, every text cell safe, CR LF between rows (RFC 4180)."""

import csv
import io
from typing import Any

from api.export.safe_text import safe_cell
from api.export.table import COLUMNS, Sink

_BOM = "\ufeff"


class CsvTable:
    """Writes rows as CSV."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._text = io.StringIO(newline="")
        self._text.write(_BOM)
        self._writer = csv.writer(self._text)
        self._writer.writerow([column.name for column in COLUMNS])

    def write(self, rows: list[tuple[Any, ...]]) -> None:
        """Take the next rows; numbers stay numbers."""
        self._writer.writerows(
            [safe_cell(cell) if isinstance(cell, str) else ("" if cell is None else cell) for cell in row]
            for row in rows
        )
        self._flush()

    def close(self) -> None:
        """Write what is left."""
        self._flush()

    def _flush(self) -> None:
        self._sink(self._text.getvalue().encode())
        self._text.seek(0)
        self._text.truncate()
