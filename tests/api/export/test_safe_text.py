import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from api.export.csv_table import CsvTable
from api.export.safe_text import safe_cell
from api.export.table import COLUMNS
from api.export.xlsx_table import XlsxTable

GOLDEN = (
    "\ufeffoccurred_local,campus_id,system,type,subject,data,occurred_ms,received_ms,recorded_ms,source,event_id,"
    "sequence,partition,offset,frame_index\r\n"
    '2026-11-25 08:00:00.000,c-1,canteen,canteen.x.v1,\'=cmd|x,"{""a"":""b\nc""}",1,2,3,\'+s,\'-1,,0,-7,0\r\n'
)
ROW = (
    "2026-11-25 08:00:00.000",
    *("c-1", "canteen", "canteen.x.v1", "=cmd|x", '{"a":"b\nc"}'),
    *(1, 2, 3, "+s", "-1", None, 0, -7, 0),
)


def written(row: tuple[object, ...]) -> str:
    made: list[bytes] = []
    table = CsvTable(made.append)
    table.write([row])
    table.close()
    return b"".join(made).decode()


def test_csv_is_written_as_agreed() -> None:
    assert written(ROW) == GOLDEN


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=15, max_size=15))
def test_whatever_the_text_no_cell_of_a_csv_begins_like_a_formula_and_nothing_is_lost(cells: list[str]) -> None:
    rows = list(csv.reader(io.StringIO(written(tuple(cells)).removeprefix("\ufeff"), newline="")))
    assert len(rows) == 2
    assert all(not cell.startswith(tuple("=+-@\t\r\n＝＋－＠")) for cell in rows[1])
    assert [cell.removeprefix("'") for cell in rows[1]] == [cell.removeprefix("'") for cell in cells]


def test_ordinary_text_is_left_as_it_is() -> None:
    assert [safe_cell(text) for text in ("", "白菜", "3-1", "'quoted")] == ["", "白菜", "3-1", "'quoted"]


def test_workbook_goes_on_in_another_sheet_when_one_is_full() -> None:
    import openpyxl  # noqa: PLC0415 — slow to import, and only this test needs it

    made: list[bytes] = []
    table = XlsxTable(made.append, sheet_rows=2)
    table.write([ROW] * 5)
    table.close()
    book = openpyxl.load_workbook(io.BytesIO(b"".join(made)))
    assert [sheet.max_row for sheet in book.worksheets] == [3, 3, 2]
    assert book.worksheets[2].cell(1, 1).value == COLUMNS[0].name
