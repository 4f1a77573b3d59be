"""Judging school buses only when a fold asks or a deadline has come misses nothing."""

from collections.abc import Callable

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clock import HOUR_MS, MINUTE_MS
from schemas.frame import LoggedEvent
from schemas.systems.school_bus import AlarmKind
from streams.systems.school_bus import SYSTEM
from tests.streams.systems.bus_day import START_MS, STOPS, Trip, good_trip, position
from tests.streams.systems.driving import made, verdicts_at_every, verdicts_when_due

STEP_MS = 5_000
PUPILS = ("a", "b", "c", "d", "e", "f")


@st.composite
def happenings(draw: st.DrawFn) -> LoggedEvent:
    """Anything that may happen around one trip, at any time of an hour and a half, heard up to 40 s later."""
    trip = Trip(bus=draw(st.sampled_from(("bus-1", "bus-2"))))
    at_ms = START_MS + STEP_MS * draw(st.integers(-60, 900))
    received_ms = at_ms + STEP_MS * draw(st.integers(0, 8))
    pupil, stop = draw(st.sampled_from(PUPILS)), draw(st.sampled_from((*STOPS, "s-9")))
    speed_kmh = draw(st.sampled_from((0.0, 30.0, 70.0, 90.0)))
    speeding = {"limit_kmh": 20.0, "speed_kmh": 31.0, "duration_s": 12, "road": "restricted"}
    attendant = draw(st.sampled_from((None, "att-1")))
    numbers = draw(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6)))
    alarm = {"kind": draw(st.sampled_from(AlarmKind)), "active": draw(st.booleans())}
    made_of: Callable[[], LoggedEvent] = draw(
        st.sampled_from(
            (
                lambda: position(at_ms, trip.bus, received_ms, speed_kmh=speed_kmh),
                trip.planned,
                lambda: trip.checked(at_ms, received_ms, draw(st.sampled_from(((), ("brakes_ok",))))),
                lambda: trip.started(at_ms, received_ms, attendant),
                lambda: trip.ended(at_ms, received_ms),
                lambda: trip.searched(at_ms, received_ms),
                lambda: trip.arrived(stop, at_ms, received_ms),
                lambda: trip.departed(stop, at_ms),
                lambda: trip.boarded(pupil, at_ms, received_ms),
                lambda: trip.alighted(pupil, at_ms, received_ms),
                lambda: trip.counted(at_ms, *numbers),
                lambda: trip.deviated(at_ms, draw(st.sampled_from((0.0, 300.0))), 90),
                lambda: made("school_bus.alarm.raised", trip.bus, at_ms, received_ms, **alarm),
                lambda: made("school_bus.overspeed.detected", trip.bus, at_ms, received_ms, **speeding),
            )
        )
    )
    return made_of()


GOOD = good_trip(Trip())
DELAYS_S = (None, None, 0, 0, 0, 0, 5, 20, 40, 150)
"""None: lost."""


@st.composite
def mornings(draw: st.DrawFn) -> list[LoggedEvent]:
    """A good trip of which some events are lost or delayed, with a rest on the way, and something else besides."""
    delays = draw(st.lists(st.sampled_from(DELAYS_S), min_size=len(GOOD), max_size=len(GOOD)))
    rest = range(*sorted(draw(st.tuples(st.integers(0, 130), st.integers(0, 130)))))
    events = draw(st.lists(happenings(), max_size=6))
    for index, (delay_s, event) in enumerate(zip(delays, GOOD, strict=True)):
        if delay_s is not None:
            data = event.data | {"speed_kmh": 0.0} if index in rest and "speed_kmh" in event.data else event.data
            late_ms = event.occurredms + delay_s * 1000
            events.append(msgspec.structs.replace(event, receivedms=late_ms, data=data))
    return events


@settings(max_examples=40)
@given(st.one_of(mornings(), st.lists(happenings(), max_size=20)))
def test_judging_when_due_gives_the_verdicts_of_judging_all_the_time(events: list[LoggedEvent]) -> None:
    arrivals = sorted(events, key=lambda event: event.receivedms)
    instants = range(START_MS - 10 * MINUTE_MS, START_MS + 2 * HOUR_MS, STEP_MS)
    always = verdicts_at_every(SYSTEM, arrivals, instants)
    when_due = verdicts_when_due(SYSTEM, arrivals, instants)
    assert list(when_due) == list(always)
