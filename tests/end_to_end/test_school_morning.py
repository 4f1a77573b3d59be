"""A county's morning and 217,653 recorded fixes, through the running product: everything agrees with the pure folds."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import pytest
from pydantic import SecretStr

from deploy.demo.facts import registry_facts, source_token
from deploy.demo.plan import County
from deploy.demo.planning import plan_county
from deploy.demo.recorded import read_journeys, share_out
from deploy.demo.school_day import SchoolDay, latest_school_day
from deploy.demo.scripting import write_script
from deploy.demo.simulation import Recorded, simulate
from deploy.demo.source import Emission
from deploy.product import Product
from deploy.registry_writer import write_facts
from schemas.documents import decode_campus_status, decode_consortium_status, decode_stored, document_key
from schemas.frame import LoggedEvent, decode_frame, is_frame
from schemas.ids import CampusId
from schemas.organisation import Organisation
from schemas.topics import ALERTS, EVENTS, ROLLUP, STATE
from streams.archive.reading import archive_reader, archived_until, read_records
from streams.archive.settings import StoreSettings
from streams.core.recompute import LogRecord, Recomputed, recompute
from streams.systems import systems
from tests.end_to_end.posting import Poster
from tests.end_to_end.topics import end_offsets, newest, read_topic, wait_until_streams_are_done
from tests.end_to_end.truth import counted, distinct, folded, names
from tests.fixtures.kafka import JARS_DIR

pytestmark = [pytest.mark.engine, pytest.mark.slow]

TRACKS = Path(__file__).parents[3] / "shared" / "data" / "geolife_sample.txt.gz"
FIXES = 217_653
"""Lines of the file without its header."""
MORNING_ENDS = (9, 10)
ARCHIVED_WITHIN_S = 120.0


@dataclass
class Morning:
    """What was sent, and what the product made of it."""

    sent: list[bytes]
    poster: Poster
    records: list[LogRecord]
    """``frames`` of the store, in order."""
    documents: dict[str, bytes]
    rollups: dict[str, bytes]
    alerts: dict[str, bytes]
    stored_events: int
    organisation: Organisation
    at_ms: int
    """The product's time when it was over."""

    def logged(self) -> list[LoggedEvent]:
        """Every event of the log, copies included, in the log's order."""
        return [event for record in self.records if is_frame(record.value) for event in decode_frame(record.value)]

    @cached_property
    def recomputed(self) -> Recomputed:
        """What the archive says, by the live driver."""

        def consortia_of(campus_id: str) -> tuple[str, ...]:
            return tuple(sorted(self.organisation.consortia_of(CampusId(campus_id), self.at_ms)))

        return recompute(self.records, systems(), consortia_of)


def _emissions(county: County, day: SchoolDay, recorded: Recorded | None) -> list[Emission]:
    """The morning of everything, and the whole day of the buses where they drive recorded tracks."""
    morning_ends_ms = day.at(*MORNING_ENDS)
    until_ms = day.closes_ms if recorded else morning_ends_ms
    emitted = simulate(county, day, write_script(county, day), day.opens_ms, until_ms, recorded=recorded)
    return [one for one in emitted if one.due_ms < morning_ends_ms or b'"school_bus.' in one.raw]


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    """One run of the whole product over a morning, and over the recorded fixes where their file is present."""
    county = plan_county()
    day = latest_school_day(time.time_ns() // 1_000_000)
    evening_ms = day.at(23)
    environment = {
        "CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR),
        "CAMPANILE_PARTITIONS": "4",
        "CAMPANILE_CLOCK__ORIGIN_MS": str(evening_ms),
        "CAMPANILE_CLOCK__WALL_ORIGIN_MS": str(time.time_ns() // 1_000_000),
    }
    with Product(tmp_path_factory.mktemp("morning") / "data", environment) as product:
        yield _run(product, county, day, evening_ms)


def _run(product: Product, county: County, day: SchoolDay, at_ms: int) -> Morning:
    facts = list(registry_facts(county))
    bootstrap = product.running.bootstrap
    write_facts(bootstrap, "", facts)
    organisation = Organisation()
    for fact in facts:
        organisation.put(fact)
    buses = [bus_id for campus in county.campuses for bus_id in campus.bus_ids]
    recorded = share_out(read_journeys(TRACKS), buses) if TRACKS.exists() else None
    emissions = _emissions(county, day, recorded)
    poster = Poster(product.running.gateway, lambda campus_id: source_token(county.seed, campus_id).text)
    asyncio.run(poster.post(emissions))
    asyncio.run(wait_until_streams_are_done(bootstrap))
    records, stored_events = _archived(product)
    documents, rollups, alerts = (newest(asyncio.run(read_topic(bootstrap, t.name))) for t in (STATE, ROLLUP, ALERTS))
    sent = [emission.raw for emission in emissions]
    return Morning(sent, poster, records, documents, rollups, alerts, stored_events, organisation, at_ms)


def _archived(product: Product) -> tuple[list[LogRecord], int]:
    """The log as the store has it, and how many different events."""
    running = product.running
    store = StoreSettings(
        host=running.store_host,
        port=running.store_port,
        password=SecretStr(Path(running.store_password_file).read_text(encoding="utf-8")),
    )
    ends = asyncio.run(end_offsets(running.bootstrap, EVENTS.name))
    with archive_reader(store) as client:
        deadline = time.monotonic() + ARCHIVED_WITHIN_S
        while any(archived_until(client, partition) < end for partition, end in ends.items()):
            assert time.monotonic() < deadline, "the archive does not catch up"
            time.sleep(0.5)
        events = client.execute("SELECT count() FROM events FINAL")[0][0]
        records = [
            LogRecord(partition, record.offset, record.value)
            for partition in ends
            for record in read_records(client, partition)
        ]
    return records, events


def test_every_event_that_was_sent_was_acknowledged(morning: Morning) -> None:
    assert len(morning.poster.acknowledged) == len(morning.sent)
    assert morning.poster.rejected == 0
    if TRACKS.exists():
        assert sum(b'"school_bus.position.reported' in raw for raw in morning.sent) >= FIXES
    else:
        print(f"without the recorded fixes: {TRACKS.name} is not there")  # noqa: T201 — said, not hidden


def test_the_archive_holds_every_event_once(morning: Morning) -> None:
    logged = morning.logged()
    assert len(logged) == morning.poster.accepted
    assert {(event.source, event.id) for event in logged} == names(morning.sent)
    assert morning.stored_events == len(names(morning.sent))
    offsets: dict[int, list[int]] = {}
    for record in morning.records:
        offsets.setdefault(record.partition, []).append(record.offset)
    assert all(found == list(range(len(found))) for found in offsets.values())


def test_live_documents_are_the_folds_of_the_sorted_input(morning: Morning) -> None:
    events = distinct(morning.logged())
    states, counts = folded(events), counted(events)
    assert set(morning.documents) == {document_key(*key) for key in states}
    wrong = []
    for key, state in states.items():
        status = decode_campus_status(decode_stored(morning.documents[document_key(*key)]).status)
        if msgspec.json.decode(status.state) != state or status.events != counts[key]:
            wrong.append((key, status.events, counts[key]))
    assert not wrong


def test_recomputing_the_archive_gives_the_live_documents(morning: Morning) -> None:
    again = morning.recomputed.campuses
    assert set(again) == set(morning.documents)
    assert [key for key, value in again.items() if value != morning.documents[key]] == []


def test_recomputing_the_archive_gives_the_live_rollups(morning: Morning) -> None:
    again = morning.recomputed.consortia
    assert set(again) == set(morning.rollups)
    for key, value in again.items():
        mine, live = (decode_consortium_status(decode_stored(v).status) for v in (value, morning.rollups[key]))
        mine.position = live.position
        assert mine == live


def test_recomputing_the_archive_gives_the_live_alerts(morning: Morning) -> None:
    again = {alert.alert_id: msgspec.json.encode(alert) for alert in morning.recomputed.alerts}
    assert again.keys() == morning.alerts.keys()
    assert [key for key, value in again.items() if value != morning.alerts[key]] == []


def test_the_scripted_incidents_have_raised_their_alerts(morning: Morning) -> None:
    rules = {msgspec.json.decode(value)["rule"] for value in morning.alerts.values()}
    assert {"canteen.freezer_warm", "canteen.sample_missing", "net_health.uplink_down"} <= rules
    if not TRACKS.exists():
        assert "school_bus.childcheck_missing" in rules
