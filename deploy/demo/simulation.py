"""The county's day as one stream of events in order of departure. Pure: no clock, no network.

The same county, day and script give the same bytes, whoever asks, however often, and for whatever span: sequence
numbers count from the day's opening, also when a span begins later.
"""

import heapq
from collections.abc import Iterator
from operator import itemgetter

from deploy.demo.bus import bus_drafts, bus_source
from deploy.demo.devices import device_drafts
from deploy.demo.dice import dice
from deploy.demo.draft import Draft, in_order
from deploy.demo.incidents import Kind, Script
from deploy.demo.kitchen import kitchen_drafts
from deploy.demo.lessons import lesson_drafts
from deploy.demo.network import network_drafts
from deploy.demo.plan import CampusPlan, ConsortiumPlan, County
from deploy.demo.recorded import Journey, recorded_drafts
from deploy.demo.school_day import SchoolDay
from deploy.demo.sessions import session_drafts
from deploy.demo.source import NEVER, Emission, Source, emissions

Recorded = dict[str, list[Journey]]
"""Journeys by bus."""
Stream = tuple[Source, Iterator[Draft]]


def simulate(  # noqa: PLR0913 — what, when, what goes wrong, and from where to where
    county: County,
    day: SchoolDay,
    script: Script,
    from_ms: int,
    to_ms: int,
    *,
    recorded: Recorded | None = None,
) -> Iterator[Emission]:
    """Every event that leaves its source at or after ``from_ms`` and before ``to_ms``, in order of departure.

    ``recorded`` replaces the buses' synthetic day by the journeys of each bus.
    """
    sources = [
        emissions(source, drafts, dice(county.seed, "copies", source.name, day.number))
        for source, drafts in county_streams(county, day, script, recorded)
    ]
    for emission in heapq.merge(*sources, key=itemgetter(0)):
        if emission.due_ms >= to_ms:
            return
        if emission.due_ms >= from_ms:
            yield emission


def county_streams(
    county: County, day: SchoolDay, script: Script, recorded: Recorded | None = None
) -> Iterator[Stream]:
    """Every source of the county with what it has to say."""
    for consortium in county.consortia:
        for campus in consortium.campuses:
            yield from _edge_streams(campus, consortium, day, county.seed, script)
            for bus_id in campus.bus_ids:
                yield (
                    bus_source(campus, bus_id, day, county.seed, script),
                    bus_drafts(campus, bus_id, day, county.seed, script)
                    if recorded is None
                    else recorded_drafts(bus_id, campus.position, recorded[bus_id], day),
                )


def _edge_streams(
    campus: CampusPlan, consortium: ConsortiumPlan, day: SchoolDay, seed: int, script: Script
) -> Iterator[Stream]:
    """What the campus's edge box sends: one source, hence one count, per system."""
    said: dict[str, Iterator[Draft]] = {
        "net_health": network_drafts(campus, day, script, dice(seed, "network", campus.campus_id, day.number)),
        "device_control": device_drafts(campus, day, dice(seed, "devices", campus.campus_id, day.number)),
        "lesson_ops": in_order(
            lesson_drafts(campus, day, script, dice(seed, "lessons", campus.campus_id, day.number)),
            session_drafts(campus, consortium, day, seed),
        ),
    }
    if campus.has_canteen:
        said["canteen"] = kitchen_drafts(campus, day, seed, script)
    for system, drafts in said.items():
        yield _edge_source(campus, system, day, seed, script), drafts


def _edge_source(campus: CampusPlan, system: str, day: SchoolDay, seed: int, script: Script) -> Source:
    cut = script.window(Kind.FIBRE_CUT, campus.campus_id)
    return Source(
        campus_id=campus.campus_id,
        name=f"{campus.campus_id}:{system}",
        boot_id=day.number,
        delay_ms=dice(seed, "edge", campus.campus_id, system).randrange(150, 900),
        twice=script.window(Kind.SENT_TWICE, campus.campus_id) or NEVER,
        held=(cut,) if cut and not campus.has_standby_link else (),
    )
