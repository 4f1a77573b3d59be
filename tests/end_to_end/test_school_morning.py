"""A county's morning and 217,653 recorded fixes, through the running product: everything agrees with the pure folds."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

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
from schemas.organisation import Organisation
from tests.end_to_end.outcome import Outcome, read_outcome
from tests.end_to_end.posting import Poster
from tests.end_to_end.truth import names
from tests.fixtures.kafka import JARS_DIR

pytestmark = [pytest.mark.engine, pytest.mark.slow]

TRACKS = Path(__file__).parents[3] / "shared" / "data" / "geolife_sample.txt.gz"
FIXES = 217_653
"""Lines of the file without its header."""
MORNING_ENDS = (9, 10)


@dataclass
class Morning:
    """What was sent, and what the product made of it."""

    sent: list[bytes]
    poster: Poster
    outcome: Outcome


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
    write_facts(product.running.bootstrap, "", facts)
    organisation = Organisation()
    for fact in facts:
        organisation.put(fact)
    buses = [bus_id for campus in county.campuses for bus_id in campus.bus_ids]
    recorded = share_out(read_journeys(TRACKS), buses) if TRACKS.exists() else None
    emissions = _emissions(county, day, recorded)
    poster = Poster(product.running.gateway, lambda campus_id: source_token(county.seed, campus_id).text)
    asyncio.run(poster.post(emissions))
    outcome = read_outcome(product.running, organisation, at_ms)
    return Morning([emission.raw for emission in emissions], poster, outcome)


def test_every_event_that_was_sent_was_acknowledged(morning: Morning) -> None:
    assert len(morning.poster.acknowledged) == len(morning.sent)
    assert morning.poster.rejected == 0
    if TRACKS.exists():
        assert sum(b'"school_bus.position.reported' in raw for raw in morning.sent) >= FIXES
    else:
        print(f"without the recorded fixes: {TRACKS.name} is not there")  # noqa: T201 — said, not hidden


def test_the_archive_holds_every_event_once(morning: Morning) -> None:
    outcome = morning.outcome
    assert len(outcome.logged) == morning.poster.accepted
    assert outcome.names() == names(morning.sent)
    assert outcome.stored_events == len(names(morning.sent))
    assert outcome.gaps() == []


def test_live_documents_are_the_folds_of_the_sorted_input(morning: Morning) -> None:
    assert morning.outcome.miscounted() == []


def test_recomputing_the_archive_gives_the_live_documents(morning: Morning) -> None:
    assert morning.outcome.stray_documents() == []


def test_recomputing_the_archive_gives_the_live_rollups(morning: Morning) -> None:
    assert morning.outcome.stray_rollups() == []


def test_recomputing_the_archive_gives_the_live_alerts(morning: Morning) -> None:
    assert morning.outcome.stray_alerts() == []


def test_the_scripted_incidents_have_raised_their_alerts(morning: Morning) -> None:
    rules = {alert.rule for alert in morning.outcome.transitions}
    assert {"canteen.freezer_warm", "canteen.sample_missing", "net_health.uplink_down"} <= rules
    if not TRACKS.exists():
        assert "school_bus.childcheck_missing" in rules
