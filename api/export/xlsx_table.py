"""Excel workbooks, row by row: strings are strings, never formulas, links or numbers; full sheets are followed by more.

A workbook cannot be told from front to back, so its parts lie in a temporary directory until the last row is known.
"""

import tempfile
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from api.export.table import COLUMNS, Sink

SHEET_ROWS: Final = 1_000_000
"""Below the 1,048,576 of a sheet."""
CELL_CHARACTERS: Final = 32_767
_COPY_BYTES: Final = 1 << 18
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class XlsxTable:
    """Writes rows as a workbook. ``sheet_rows`` is how many a sheet takes."""

    def __init__(self, sink: Sink, *, sheet_rows: int = SHEET_ROWS) -> None:
        self._sink = sink
        self._sheet_rows = sheet_rows
        self._directory = tempfile.TemporaryDirectory(prefix="campanile-export-")
        self._path = Path(self._directory.name) / "table.xlsx"
        self._book = xlsxwriter.Workbook(self._path, _OPTIONS | {"tmpdir": self._directory.name})
        self._add_sheet()

    def write(self, rows: list[tuple[Any, ...]]) -> None:
        """Take the next rows."""
        for row in rows:
            if self._row > self._sheet_rows:
                self._add_sheet()
            for number, cell in enumerate(row):
                if isinstance(cell, str):
                    self._sheet.write_string(self._row, number, cell[:CELL_CHARACTERS])
                elif cell is not None:
                    self._sheet.write_number(self._row, number, cell)
            self._row += 1

    def close(self) -> None:
        """Put the workbook together and hand it on."""
        try:
            self._book.close()
            with self._path.open("rb") as made:
                while portion := made.read(_COPY_BYTES):
                    self._sink(portion)
        finally:
            self._directory.cleanup()

    def _add_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for number, column in enumerate(COLUMNS):
            self._sheet.write_string(0, number, column.name)
        self._row = 1
