"""One export: the same events in every asked format, read once for each, and the manifest of all of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec
from clickhouse_driver import Client

from api.export import tracks
from api.export.csv_table import CsvTable
from api.export.manifest import manifest
from api.export.order import ExportFormat, ExportOrder, Made
from api.export.parquet_table import ParquetTable
from api.export.table import COLUMNS, LINES, TYPE_AT, TableWriter
from api.export.xlsx_table import XlsxTable
from api.export.zip_stream import ZipEntry, ZipStream
from api.history.positions import Bounds, buses, fixes
from api.history.reading import Extract, known_log, read

EXPORT_S: Final = 900.0
_KEYS: Final = 4
_TABLES: Final[dict[str, type[CsvTable] | type[ParquetTable] | type[XlsxTable]]] = {
    "csv": CsvTable,
    "parquet": ParquetTable,
    "xlsx": XlsxTable,
}


@dataclass
class _Run:
    order: ExportOrder
    known: tuple[int, ...]
    zip: ZipStream = field(default_factory=ZipStream)
    made: list[Made] = field(default_factory=list)
    types: Counter[str] = field(default_factory=Counter)


def export(client: Client, order: ExportOrder) -> Iterator[bytes]:
    """The bytes of the zip as they are made. The client gives text as ``str``.

    Every file holds what the archive knew when the export began.
    """
    run = _Run(order, known_log(client))
    for wanted in order.formats:
        types = Counter[str]()
        entry = run.zip.open(f"{'tracks' if wanted in ('gpx', 'kml') else 'events'}.{wanted}")
        rows = 0
        for count in _write(client, run, wanted, entry, types):
            rows += count
            yield run.zip.take()
        entry.close()
        run.types = run.types | types
        run.made.append(Made(entry.name, wanted, rows, entry.size, entry.sha256))
    entry = run.zip.open("manifest.json")
    entry.write(msgspec.json.format(msgspec.json.encode(manifest(order, run.known, run.made, run.types)), indent=2))
    entry.close()
    run.zip.close()
    yield run.zip.take()


def _write(client: Client, run: _Run, wanted: ExportFormat, entry: ZipEntry, types: Counter[str]) -> Iterator[int]:
    match wanted:
        case "ndjson":
            return _lines(client, run, entry, types)
        case "gpx" | "kml":
            return _tracks(client, run, wanted, entry)
        case _:
            return _table(client, run, _TABLES[wanted](entry.write), types)


def _lines(client: Client, run: _Run, entry: ZipEntry, types: Counter[str]) -> Iterator[int]:
    for chunk in read(client, Extract(run.order.question, run.known, LINES, run.order.limit, EXPORT_S)):
        types.update(row[_KEYS + 1] for row in chunk)
        entry.write("".join([f"{row[_KEYS]}\n" for row in chunk]).encode())
        yield len(chunk)


def _table(client: Client, run: _Run, table: TableWriter, types: Counter[str]) -> Iterator[int]:
    columns = tuple(column.sql for column in COLUMNS)
    try:
        for chunk in read(client, Extract(run.order.question, run.known, columns, run.order.limit, EXPORT_S)):
            rows = [row[_KEYS:] for row in chunk]
            types.update(row[TYPE_AT] for row in rows)
            table.write(rows)
            yield len(rows)
    finally:
        table.close()


def _tracks(client: Client, run: _Run, wanted: Literal["gpx", "kml"], entry: ZipEntry) -> Iterator[int]:
    gpx = wanted == "gpx"
    entry.write(tracks.gpx_head() if gpx else tracks.kml_head())
    left = run.order.limit
    for bus in buses(client, run.order.question, run.known, EXPORT_S):
        counted = list(fixes(client, run.order.question, run.known, bus, Bounds(left, EXPORT_S)))
        left -= len(counted)
        name = f"{bus[0]} {bus[1]}"
        for portion in tracks.gpx_track(name, counted) if gpx else tracks.kml_track(name, counted):
            entry.write(portion)
        yield len(counted)
    entry.write(tracks.gpx_tail() if gpx else tracks.kml_tail())
