"""Exports over a real store: every format read back by a program that is not ours, and the manifest held against it."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pyarrow.parquet as pq
import pytest

from api.export.table import COLUMNS
from streams.archive.settings import StoreSettings
from tests.api.support.history import DAY_MS, MORNING_MS, History, Past, history_api
from tests.api.support.world import N1, N2, NORTH, S1

pytestmark = pytest.mark.engine
NAMES = [column.name for column in COLUMNS]
TYPES = ["canteen.dish.cooked.v1", "canteen.temp.sampled.v1", "school_bus.position.reported.v1"]
ASKED: dict[str, Any] = {"from_ms": MORNING_MS, "to_ms": MORNING_MS + DAY_MS, "type": TYPES, "purpose": "家长投诉核查"}
BUS_NAME = "鄂A·<7>&"


@pytest.fixture
async def history(database: StoreSettings) -> AsyncIterator[History]:
    past = Past(database)
    events = [past.temperature(campus, MORNING_MS + n * 60_000) for n in range(40) for campus in (N1, N2, S1)]
    dish = {"meal_id": "m-1", "name": '=HYPERLINK("http://x")', "core_temp_c": 80.0}
    events.append(past.event(N2, "canteen.dish.cooked.v1", dish, MORNING_MS + 1, subject="=1+2", event_id="@evil"))
    for n in range(20):
        at_ms = MORNING_MS + n * 10_000 + (n >= 10) * 1_000_000
        fix = {"latitude_deg": 30 + n / 1000, "longitude_deg": 115.0, "speed_kmh": 30.0}
        events.append(past.event(N2, "school_bus.position.reported.v1", fix, at_ms, subject=BUS_NAME))
    past.archive(events)
    async with history_api(database) as api:
        yield api


async def unpack(history: History, *formats: str, who: str = "bureau", **asked: Any) -> dict[str, bytes]:  # noqa: ANN401 — query parameters
    query = ASKED | {"scope": f"consortium:{NORTH}"} | asked
    body = await history.body("/v1/exports", who, format=list(formats), **query)
    with zipfile.ZipFile(io.BytesIO(body)) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist()}


async def test_every_format_holds_the_same_events_as_other_programs_read_it(history: History) -> None:
    files = await unpack(history, "ndjson", "csv", "xlsx", "parquet")
    lines = [json.loads(line) for line in files["events.ndjson"].splitlines()]
    ids = [line["id"] for line in lines]
    assert len(set(ids)) == 40 * 2 + 1 + 20
    text = files["events.csv"].decode("utf-8-sig")
    assert [row["event_id"].removeprefix("'") for row in csv.DictReader(io.StringIO(text, newline=""))] == ids
    table = pq.read_table(io.BytesIO(files["events.parquet"]))
    assert (table.column_names, table["event_id"].to_pylist()) == (NAMES, ids)
    sheet = openpyxl.load_workbook(io.BytesIO(files["events.xlsx"]), read_only=True).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert (list(rows[0]), [row[NAMES.index("event_id")] for row in rows[1:]]) == (NAMES, ids)
    assert table["occurred_ms"].to_pylist() == [line["occurred_ms"] for line in lines]
    assert table["occurred_local"][0].as_py() == "2026-11-25 08:00:00.000"


async def test_spreadsheets_show_what_looks_like_a_formula_and_run_none(history: History) -> None:
    files = await unpack(history, "csv", "xlsx", type="canteen.dish.cooked.v1")
    assert files["events.csv"].startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(files["events.csv"].decode("utf-8-sig"), newline=""))
    assert (row["subject"], row["event_id"]) == ("'=1+2", "'@evil")
    sheet = openpyxl.load_workbook(io.BytesIO(files["events.xlsx"])).worksheets[0]
    cell = sheet.cell(2, NAMES.index("subject") + 1)
    assert (cell.value, cell.data_type) == ("=1+2", "s")


async def test_manifest_says_what_was_asked_and_hashes_every_file(history: History) -> None:
    files = await unpack(history, "ndjson", "csv", "gpx")
    told = json.loads(files.pop("manifest.json"))
    assert {one["name"]: one["sha256"] for one in told["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    assert {one["name"]: (one["rows"], one["bytes"]) for one in told["files"]} == {
        "events.ndjson": (101, len(files["events.ndjson"])),
        "events.csv": (101, len(files["events.csv"])),
        "tracks.gpx": (20, len(files["tracks.gpx"])),
    }
    assert told["events_by_type"] == dict(zip(TYPES, (1, 80, 20), strict=True))
    assert (told["positions"], told["is_complete"], told["purpose"]) == ({"0": 5}, True, ASKED["purpose"])
    assert {slot["campus_id"] for slot in told["scope"]} >= {N1, N2}
    assert S1 not in {slot["campus_id"] for slot in told["scope"]}


async def test_tracks_are_cut_where_positions_are_missing(history: History) -> None:
    files = await unpack(history, "gpx", "kml")
    gpx = ET.fromstring(files["tracks.gpx"])  # noqa: S314 — written by ourselves a moment ago
    space = {"g": "http://www.topografix.com/GPX/1/1", "k": "http://www.opengis.net/kml/2.2"}
    assert [track.findtext("g:name", "", space) for track in gpx.findall("g:trk", space)] == [f"{N2} {BUS_NAME}"]
    assert [len(part.findall("g:trkpt", space)) for part in gpx.findall("g:trk/g:trkseg", space)] == [10, 10]
    assert gpx.findtext("g:trk/g:trkseg/g:trkpt/g:time", "", space) == "2026-11-25T00:00:00.000Z"
    kml = ET.fromstring(files["tracks.kml"])  # noqa: S314 — as above
    lines = [found.text or "" for found in kml.findall(".//k:coordinates", space)]
    assert [len(line.split()) for line in lines] == [10, 10]
    assert lines[0].startswith("115.000000,30.000000 ")


async def test_export_that_its_limit_ends_does_not_call_itself_complete(history: History) -> None:
    told = json.loads((await unpack(history, "csv", limit=10))["manifest.json"])
    assert (told["files"][0]["rows"], told["is_complete"]) == (10, False)


async def test_export_of_nothing_is_a_good_file_of_no_rows(history: History) -> None:
    files = await unpack(history, "csv", "xlsx", "parquet", "ndjson", "gpx", "kml", subject="nobody")
    assert pq.read_table(io.BytesIO(files["events.parquet"])).num_rows == 0
    assert files["events.ndjson"] == b""
    assert len(files["events.csv"].splitlines()) == 1


async def test_export_is_on_record_and_needs_a_purpose_where_pupils_may_be_spoken_of(history: History) -> None:
    await unpack(history, "csv")
    assert {entry.data["kind"] for entry in history.book.entries} == {"export"}
    status, problem = await history.get(
        "/v1/exports", format="csv", scope=f"campus:{N2}", from_ms=MORNING_MS, to_ms=MORNING_MS + 1
    )
    assert (status, problem["code"]) == (422, "CAMP-152")
