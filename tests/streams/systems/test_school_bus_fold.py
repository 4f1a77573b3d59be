"""The fold of school buses: what is known after a morning, in whatever order its events came."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.frame import LoggedEvent
from streams.core.system import Effect, Summary
from streams.systems.school_bus import SYSTEM
from streams.systems.school_bus.state import MAX_BUSES, MAX_CHECKS, MAX_HALTS, MAX_RIDERS, MAX_TRIPS
from streams.systems.school_bus.trip_facts import is_running, onboard
from tests.streams.systems.bus_day import START_MS, Trip, good_trip, position
from tests.streams.systems.driving import folded, local, made, restored, verdict

TRIP = Trip()


def test_a_position_shows_where_the_bus_is_and_an_older_one_changes_nothing() -> None:
    state = folded(SYSTEM, [position(START_MS, latitude_deg=31.5)])
    assert SYSTEM.apply(state, position(START_MS - 1_000, latitude_deg=31.1)) is Effect.NOTHING
    bus = state.buses["bus-1"]
    assert (bus.latitude_deg, bus.position_ms, bus.speed_kmh) == (31.5, START_MS, 32.0)


def test_a_moving_bus_is_shown_at_once_and_a_standing_one_is_only_alive() -> None:
    state = folded(SYSTEM, [position(START_MS)])
    assert SYSTEM.apply(state, position(START_MS + 10_000)) is Effect.VISIBLE
    assert SYSTEM.apply(state, position(START_MS + 20_000, speed_kmh=0.4)) is Effect.ALIVE


@pytest.mark.parametrize(
    ("after_ms", "speed_kmh"), [(60_000, 30.0), (10_000, 61.0), (10_000, 95.0)], ids=["silence", "fast", "very fast"]
)
def test_a_position_that_may_change_a_verdict_asks_for_judgement(after_ms: int, speed_kmh: float) -> None:
    state = folded(SYSTEM, [position(START_MS)])
    assert SYSTEM.apply(state, position(START_MS + after_ms, speed_kmh=speed_kmh)) is Effect.JUDGE


def test_a_gap_that_a_tick_may_have_seen_before_the_position_asks_for_judgement_too() -> None:
    state = folded(SYSTEM, [position(START_MS)])
    assert SYSTEM.apply(state, position(START_MS + 44_000)) is Effect.VISIBLE
    assert SYSTEM.apply(state, position(START_MS + 89_000)) is Effect.JUDGE


@pytest.mark.parametrize(("rest_s", "effect"), [(884, Effect.VISIBLE), (885, Effect.JUDGE)])
def test_moving_on_after_a_long_rest_asks_for_judgement(rest_s: int, effect: Effect) -> None:
    state = folded(SYSTEM, [position(START_MS)])
    for seconds in range(30, 880, 30):
        SYSTEM.apply(state, position(START_MS + seconds * 1000, speed_kmh=0.0))
    assert SYSTEM.apply(state, position(START_MS + rest_s * 1000)) is effect


def test_a_tap_that_changes_what_was_on_board_at_a_head_count_asks_for_judgement() -> None:
    under_way = [TRIP.started(START_MS), TRIP.boarded("a", START_MS), TRIP.counted(START_MS + 60_000, 1, 0, 1)]
    state = folded(SYSTEM, under_way)
    assert SYSTEM.apply(state, TRIP.boarded("b", START_MS + 60_001)) is Effect.VISIBLE
    assert SYSTEM.apply(state, TRIP.boarded("c", START_MS + 60_000)) is Effect.JUDGE


def test_a_pupil_who_gets_off_an_overloaded_bus_asks_for_judgement() -> None:
    riders = [TRIP.boarded(name, START_MS) for name in "abcde"]
    state = folded(SYSTEM, [TRIP.started(START_MS), *riders])
    assert SYSTEM.apply(state, TRIP.alighted("a", START_MS + 1_000)) is Effect.JUDGE
    assert SYSTEM.apply(state, TRIP.alighted("b", START_MS + 2_000)) is Effect.VISIBLE


def test_a_departure_is_judged_only_where_it_tells_of_a_halt_or_of_another_bus() -> None:
    state = folded(SYSTEM, [TRIP.arrived("s-1", START_MS)])
    assert SYSTEM.apply(state, TRIP.departed("s-1", START_MS + 30_000)) is Effect.VISIBLE
    assert SYSTEM.apply(state, TRIP.departed("s-2", START_MS + 90_000)) is Effect.JUDGE
    assert SYSTEM.apply(state, Trip(bus="bus-2").departed("s-1", START_MS + 95_000)) is Effect.JUDGE


def test_two_positions_of_one_instant_are_settled_by_their_ids() -> None:
    one, two = position(START_MS, speed_kmh=10.0), position(START_MS, speed_kmh=20.0)
    assert folded(SYSTEM, [one, two]) == folded(SYSTEM, [two, one])


def test_a_trip_runs_from_its_start_to_its_end() -> None:
    state = folded(SYSTEM, [TRIP.planned(), TRIP.started(START_MS)])
    trip = state.trips["t-1"]
    assert is_running(trip)
    SYSTEM.apply(state, TRIP.ended(START_MS + MINUTE_MS))
    assert not is_running(trip)
    assert (trip.route_id, trip.direction, trip.bus) == ("r-1", "to_school", "bus-1")


def test_a_bus_that_takes_over_drives_the_trip_on() -> None:
    second = Trip(bus="bus-2")
    state = folded(
        SYSTEM,
        [
            TRIP.started(START_MS),
            TRIP.boarded("a", START_MS + MINUTE_MS),
            TRIP.ended(START_MS + 5 * MINUTE_MS, outcome="broken_down"),
            second.started(START_MS + 20 * MINUTE_MS),
        ],
    )
    trip = state.trips["t-1"]
    assert is_running(trip)
    assert (trip.bus, trip.start.first_ms, onboard(trip)) == ("bus-2", START_MS, 1)


def test_no_order_of_a_takeover_changes_the_trip() -> None:
    second = Trip(bus="bus-2")
    told = [
        TRIP.planned(),
        TRIP.started(START_MS),
        TRIP.ended(START_MS + 5 * MINUTE_MS, outcome="broken_down"),
        second.started(START_MS + 20 * MINUTE_MS, attendant=None),
        TRIP.deviated(START_MS + MINUTE_MS, 300.0, 80),
        TRIP.deviated(START_MS + 2 * MINUTE_MS, 0.0, 0),
    ]
    truth = folded(SYSTEM, told)
    assert all(folded(SYSTEM, order) == truth for order in permutations(told))
    assert truth.trips["t-1"].start.first_ms == START_MS
    assert not truth.trips["t-1"].start.attended


def test_a_pupil_who_taps_twice_is_one_pupil() -> None:
    taps = [TRIP.boarded("a", START_MS), TRIP.boarded("a", START_MS + 2_000), TRIP.alighted("a", START_MS + 9_000)]
    trip = folded(SYSTEM, taps).trips["t-1"]
    assert (len(trip.boarded_ms), len(trip.alighted_ms), trip.aboard) == (1, 1, 0)


def test_no_order_of_taps_changes_who_is_on_board() -> None:
    taps = [
        TRIP.boarded("a", START_MS),
        TRIP.alighted("a", START_MS + 60_000),
        TRIP.boarded("b", START_MS + 1_000),
        TRIP.boarded("a", START_MS + 90_000),
    ]
    assert {onboard(folded(SYSTEM, order).trips["t-1"]) for order in permutations(taps)} == {2}


def test_the_state_holds_no_token_and_no_mark_that_two_trips_share() -> None:
    other = Trip("t-2")
    state = folded(SYSTEM, [TRIP.boarded("a", START_MS), other.boarded("a", START_MS)])
    assert "p_token" not in repr(state)
    assert state.trips["t-1"].boarded_ms.keys().isdisjoint(state.trips["t-2"].boarded_ms)


def test_without_cards_the_head_count_says_how_many_are_on_board() -> None:
    state = folded(SYSTEM, [TRIP.started(START_MS), TRIP.counted(START_MS + 1_000, 3, 1, 2)])
    assert onboard(state.trips["t-1"]) == 2


def test_boarding_under_way_is_shown_but_judged_only_at_the_bounds() -> None:
    state = folded(SYSTEM, [TRIP.started(START_MS)])
    effects = [SYSTEM.apply(state, TRIP.boarded(str(number), START_MS + number * 1000)) for number in range(1, 6)]
    assert effects == [Effect.JUDGE, Effect.VISIBLE, Effect.VISIBLE, Effect.VISIBLE, Effect.JUDGE]


STALE = [
    (TRIP.planned(), TRIP.planned()),
    (TRIP.ended(START_MS), TRIP.ended(START_MS - 1)),
    (TRIP.counted(START_MS, 1, 0, 1), TRIP.counted(START_MS - 1, 2, 0, 2)),
    (TRIP.boarded("a", START_MS), TRIP.boarded("a", START_MS - 1)),
]


@pytest.mark.parametrize(("newer", "older"), STALE, ids=["plan", "end", "count", "tap"])
def test_what_is_older_than_what_is_known_changes_nothing(newer: LoggedEvent, older: LoggedEvent) -> None:
    first, second = sorted((newer, older), key=lambda event: (event.occurredms, event.id))
    state = folded(SYSTEM, [second])
    before = restored(SYSTEM, state)
    assert SYSTEM.apply(state, first) is Effect.NOTHING
    assert state == before


def test_dates_and_terminal_reports_keep_the_newest_word() -> None:
    def say(at_ms: int, number: int) -> list[LoggedEvent]:
        return [
            made("school_bus.inspection.due", "bus-1", at_ms, due_ms=local(9, number)),
            made("school_bus.permit.expiring", "bus-1", at_ms, permit="bus_permit", expires_ms=local(9, number)),
            made(
                "school_bus.overspeed.detected", "bus-1", at_ms, limit_kmh=60.0, speed_kmh=70.0 + number, duration_s=15
            ),
        ]

    bus = folded(SYSTEM, say(START_MS, 2) + say(START_MS - 1, 1)).buses["bus-1"]
    assert bus.inspection.date_ms == bus.permits["bus_permit"].date_ms == local(9, 2)
    assert bus.terminal.speed_kmh == 72.0


def test_an_event_type_of_another_system_is_refused() -> None:
    event = made("net_health.link.up", "link-1", START_MS)
    with pytest.raises(KeyError):
        SYSTEM.apply(SYSTEM.initial(), event)


MORNING = sorted(
    [event for number in range(3) for event in good_trip(Trip(f"t-{number}", f"bus-{number}"))],
    key=lambda event: event.occurredms,
)
TRUTH = folded(SYSTEM, MORNING)


def test_a_good_morning_raises_no_alert_at_any_of_its_events() -> None:
    state = SYSTEM.initial()
    for event in MORNING:
        SYSTEM.apply(state, event)
        assert verdict(SYSTEM, state, event.occurredms) == frozenset()
    assert verdict(SYSTEM, state, local(8)) == frozenset()


def test_who_boarded_is_who_alighted_after_a_good_morning() -> None:
    for trip in TRUTH.trips.values():
        assert trip.boarded_ms.keys() == trip.alighted_ms.keys()
        assert trip.aboard == 0
    assert sum(len(trip.boarded_ms) for trip in TRUTH.trips.values()) == 9


@settings(max_examples=40)
@given(st.permutations(MORNING))
def test_any_order_of_a_morning_gives_the_same_state(order: list[LoggedEvent]) -> None:
    assert folded(SYSTEM, order) == TRUTH


@settings(max_examples=40)
@given(st.permutations(MORNING + MORNING[::3]))
def test_events_told_twice_change_nothing(order: list[LoggedEvent]) -> None:
    assert folded(SYSTEM, order) == TRUTH


@settings(max_examples=30)
@given(st.data())
def test_delays_within_an_hour_change_nothing_even_when_trips_are_closed_meanwhile(data: st.DataObject) -> None:
    trips = [Trip(f"t-{number}", f"bus-{number % 2}", START_MS + number * HOUR_MS) for number in range(5)]
    day = [event for trip in trips for event in good_trip(trip)]
    in_time = folded(SYSTEM, sorted(day, key=lambda event: event.occurredms))
    delays = data.draw(st.lists(st.integers(0, 50 * MINUTE_MS), min_size=len(day), max_size=len(day)))
    late = [event for _, event in sorted(zip(delays, day, strict=True), key=lambda pair: pair[0] + pair[1].occurredms)]
    assert folded(SYSTEM, late) == in_time
    assert in_time.trips["t-0"].closed
    assert not in_time.trips["t-4"].closed


@settings(max_examples=20)
@given(st.integers(0, len(MORNING)))
def test_a_state_restored_from_its_document_goes_on_as_before(cut: int) -> None:
    state = restored(SYSTEM, folded(SYSTEM, MORNING[:cut]))
    for event in MORNING[cut:]:
        SYSTEM.apply(state, event)
    assert state == TRUTH


def test_a_settled_trip_is_closed_an_hour_later_and_takes_in_nothing_more() -> None:
    state = folded(SYSTEM, good_trip(TRIP))
    other = Trip("t-2", start_ms=START_MS + 2 * HOUR_MS)
    SYSTEM.apply(state, other.planned())
    assert not state.trips["t-1"].closed
    SYSTEM.apply(state, other.started(START_MS + 2 * HOUR_MS))
    closed = state.trips["t-1"]
    assert (closed.closed, closed.carried, closed.halts, closed.boarded_ms) == (True, 3, {}, {})
    assert SYSTEM.apply(state, TRIP.boarded("late", START_MS + MINUTE_MS)) is Effect.NOTHING
    assert state.trips["t-1"] == closed


def test_a_trip_whose_bus_was_never_searched_is_not_closed_but_kept_for_a_day_and_a_half() -> None:
    state = folded(SYSTEM, [TRIP.started(START_MS), TRIP.boarded("a", START_MS + 1_000), TRIP.ended(START_MS + 60_000)])
    for hours, kept in ((35, True), (38, False)):
        SYSTEM.apply(state, Trip(f"t-{hours}").started(START_MS + hours * HOUR_MS))
        assert ("t-1" in state.trips) is kept


def test_an_id_used_again_the_next_day_names_a_new_trip() -> None:
    state = folded(SYSTEM, good_trip(TRIP))
    tomorrow = Trip("t-1", start_ms=START_MS + DAY_MS)
    SYSTEM.apply(state, Trip("t-9").started(START_MS + 3 * HOUR_MS))
    SYSTEM.apply(state, tomorrow.started(START_MS + DAY_MS))
    assert is_running(state.trips["t-1"])
    assert state.trips["t-1"].boarded_ms == {}


def test_a_bus_not_heard_for_two_months_is_forgotten() -> None:
    state = folded(SYSTEM, [position(START_MS, "bus-old")])
    SYSTEM.apply(state, TRIP.started(START_MS + 61 * DAY_MS))
    assert set(state.buses) == {"bus-1"}


def test_nothing_grows_without_end() -> None:
    state = SYSTEM.initial()
    for number in range(300):
        SYSTEM.apply(state, Trip(f"t-{number}", f"bus-{number}").started(START_MS + number))
        SYSTEM.apply(state, TRIP.arrived(f"stop-{number:03d}", START_MS + number))
        SYSTEM.apply(state, TRIP.boarded(f"{number}", START_MS + number))
        SYSTEM.apply(state, TRIP.alighted(f"{number}", START_MS + number))
        SYSTEM.apply(state, TRIP.searched(START_MS + number))
    assert (len(state.buses), len(state.trips)) == (MAX_BUSES, MAX_TRIPS)
    trip = state.trips["t-1"]
    assert (len(trip.halts), len(trip.checks_ms)) == (MAX_HALTS, MAX_CHECKS)
    assert len(trip.boarded_ms) == len(trip.alighted_ms) == MAX_RIDERS


def test_of_too_many_trips_the_longest_finished_goes_first() -> None:
    finished = Trip("t-finished")
    state = folded(SYSTEM, [finished.started(START_MS), finished.ended(START_MS + 500)])
    for number in range(MAX_TRIPS):
        SYSTEM.apply(state, Trip(f"t-{number}").started(START_MS + number))
    assert "t-finished" not in state.trips
    assert len(state.trips) == MAX_TRIPS


def test_the_summary_counts_trips_buses_and_pupils() -> None:
    second = Trip("t-2", "bus-2")
    state = folded(
        SYSTEM,
        [
            TRIP.planned(),
            TRIP.started(START_MS),
            TRIP.boarded("a", START_MS),
            TRIP.boarded("b", START_MS),
            position(START_MS + 11 * MINUTE_MS),
            second.started(START_MS),
            second.ended(START_MS + 1_000),
            position(START_MS - 5 * MINUTE_MS, "bus-3"),
        ],
    )
    counts = {"trips_running": 1, "trips_late": 0, "buses_moving": 1, "pupils_on_board": 2}
    assert SYSTEM.summarise(state, START_MS + 12 * MINUTE_MS) == Summary(counts, devices_heard=2, devices_silent=1)
    assert SYSTEM.summarise(state, START_MS + 15 * MINUTE_MS).counts["trips_late"] == 1
