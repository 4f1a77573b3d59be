"""The rules about departure, journey, motion and alarms of a bus."""

import pytest

from schemas.clock import DAY_MS, MINUTE_MS
from schemas.frame import LoggedEvent
from schemas.systems.school_bus import AlarmKind
from streams.core.system import RuleKind
from streams.systems.school_bus import SYSTEM
from tests.streams.systems.bus_day import START_MS, STOPS, Trip, position
from tests.streams.systems.driving import folded, found, holds, local, made, rule_of, withdraws

TRIP = Trip()
STARTED = [TRIP.planned(), TRIP.started(START_MS)]
LOADED = [*STARTED, TRIP.boarded("a", START_MS + 1_000)]


def alarm(kind: AlarmKind, at_ms: int, *, active: bool = True) -> LoggedEvent:
    return made("school_bus.alarm.raised", "bus-1", at_ms, kind=kind, active=active)


def test_the_rule_book_uses_every_kind_of_judgement_and_cites_a_source_for_each_rule() -> None:
    assert {rule.kind for rule in SYSTEM.rules} == set(RuleKind)
    names = [rule.name for rule in SYSTEM.rules]
    assert len(set(names)) == len(names)
    for rule in SYSTEM.rules:
        assert rule.name.startswith("school_bus.")
        assert rule.severity in {1, 2, 3, 4}
        assert any(mark in rule.citation for mark in ("[V]", "[S]", "[M]", "[V code]"))
        assert rule.title_zh
        assert rule.title_en


def test_a_start_without_examination_is_reported_after_a_minute_and_until_the_trip_ends() -> None:
    start = TRIP.started(START_MS)
    state = folded(SYSTEM, [start])
    assert not holds(SYSTEM, "no_pretrip_check", state, START_MS + 59_999)
    [finding] = found(SYSTEM, "no_pretrip_check", state, START_MS + 60_000)
    assert (finding.subject, finding.since_ms, finding.causes) == ("t-1", START_MS, (start.id,))
    SYSTEM.apply(state, TRIP.ended(local(7)))
    assert not holds(SYSTEM, "no_pretrip_check", state, local(7))
    assert not withdraws(SYSTEM, "no_pretrip_check", finding, state)


def test_an_examination_before_the_start_that_is_reported_late_withdraws_the_alert() -> None:
    state = folded(SYSTEM, [TRIP.started(START_MS)])
    [finding] = found(SYSTEM, "no_pretrip_check", state, local(6, 35))
    SYSTEM.apply(state, TRIP.checked(local(6, 20), received_ms=local(6, 36)))
    assert not holds(SYSTEM, "no_pretrip_check", state, local(6, 36))
    assert withdraws(SYSTEM, "no_pretrip_check", finding, state)


def test_an_examination_with_a_fault_is_none_and_names_the_fault() -> None:
    state = folded(SYSTEM, [TRIP.checked(local(6, 20), failed={"brakes_ok", "belts_ok"}), TRIP.started(START_MS)])
    [finding] = found(SYSTEM, "no_pretrip_check", state, local(6, 35))
    assert finding.detail == {"bus": "bus-1", "failed": "belts,brakes"}
    SYSTEM.apply(state, TRIP.checked(local(6, 40)))
    assert not holds(SYSTEM, "no_pretrip_check", state, local(6, 40))
    assert not withdraws(SYSTEM, "no_pretrip_check", finding, state)


def test_a_trip_without_attendant_is_reported_at_once_and_until_one_gets_on() -> None:
    start = TRIP.started(START_MS, attendant=None)
    state = folded(SYSTEM, [start])
    [finding] = found(SYSTEM, "no_attendant", state, START_MS)
    assert finding.causes == (start.id,)
    SYSTEM.apply(state, TRIP.started(START_MS + MINUTE_MS))
    assert not holds(SYSTEM, "no_attendant", state, START_MS + MINUTE_MS)


def test_a_safety_test_and_a_permit_are_overdue_from_their_day_on() -> None:
    due_ms = local(0) + DAY_MS
    state = folded(
        SYSTEM,
        [
            made("school_bus.inspection.due", "bus-1", local(6), due_ms=due_ms),
            made("school_bus.permit.expiring", "bus-1", local(6), permit="insurance", expires_ms=due_ms),
        ],
    )
    assert not holds(SYSTEM, "inspection_overdue", state, due_ms - 1)
    assert not holds(SYSTEM, "permit_expired", state, due_ms - 1)
    assert [finding.subject for finding in found(SYSTEM, "inspection_overdue", state, due_ms)] == ["bus-1"]
    assert [finding.subject for finding in found(SYSTEM, "permit_expired", state, due_ms)] == ["bus-1/insurance"]


def test_a_trip_that_does_not_start_is_reported_ten_minutes_after_its_plan_and_for_two_hours() -> None:
    state = folded(SYSTEM, [TRIP.planned()])
    assert not holds(SYSTEM, "trip_not_started", state, local(6, 39, 59.999))
    assert holds(SYSTEM, "trip_not_started", state, local(6, 40))
    assert not holds(SYSTEM, "trip_not_started", state, TRIP.end_ms + 120 * MINUTE_MS)


@pytest.mark.parametrize(
    ("start_ms", "withdrawn"), [(local(6, 39), True), (local(6, 45), False)], ids=["in time", "late"]
)
def test_a_start_told_late_withdraws_the_alert_only_if_it_was_in_time(start_ms: int, withdrawn: bool) -> None:  # noqa: FBT001 — a case of the table
    state = folded(SYSTEM, [TRIP.planned()])
    [finding] = found(SYSTEM, "trip_not_started", state, local(6, 50))
    SYSTEM.apply(state, TRIP.started(start_ms, received_ms=local(6, 50)))
    assert not holds(SYSTEM, "trip_not_started", state, local(6, 50))
    assert withdraws(SYSTEM, "trip_not_started", finding, state) is withdrawn


def test_a_cancelled_trip_is_not_asked_for() -> None:
    state = folded(SYSTEM, [TRIP.planned(), TRIP.ended(local(6), outcome="cancelled")])
    assert not holds(SYSTEM, "trip_not_started", state, local(7))


def test_a_bus_is_late_ten_minutes_after_the_stop_that_it_should_have_reached() -> None:
    state = folded(SYSTEM, STARTED)
    assert not holds(SYSTEM, "trip_late", state, local(6, 44, 59.999))
    [finding] = found(SYSTEM, "trip_late", state, local(6, 45))
    assert (finding.subject, finding.since_ms) == ("t-1", local(6, 45))


def test_a_late_bus_stays_one_alert_from_stop_to_stop_until_it_is_in_time_again() -> None:
    state = folded(SYSTEM, STARTED)
    for stop, at_ms in ((STOPS[0], local(6, 48)), (STOPS[1], local(6, 51))):
        SYSTEM.apply(state, TRIP.arrived(stop, at_ms))
        [finding] = found(SYSTEM, "trip_late", state, at_ms)
        assert finding.since_ms == local(6, 45)
    SYSTEM.apply(state, TRIP.arrived(STOPS[2], local(6, 54)))
    assert not holds(SYSTEM, "trip_late", state, local(6, 54))
    assert not withdraws(SYSTEM, "trip_late", finding, state)


def test_a_stop_that_was_passed_by_makes_nobody_late() -> None:
    state = folded(SYSTEM, STARTED)
    [finding] = found(SYSTEM, "trip_late", state, local(6, 46))
    SYSTEM.apply(state, TRIP.arrived(STOPS[1], local(6, 46)))
    assert not holds(SYSTEM, "trip_late", state, local(6, 46))
    assert withdraws(SYSTEM, "trip_late", finding, state)


def test_what_the_bus_says_of_its_own_delay_counts_where_no_plan_is_known() -> None:
    state = folded(SYSTEM, [TRIP.started(START_MS), TRIP.arrived("s-9", local(6, 50), delta_s=599)])
    assert not holds(SYSTEM, "trip_late", state, local(7))
    SYSTEM.apply(state, TRIP.arrived("s-10", local(6, 55), delta_s=700))
    [finding] = found(SYSTEM, "trip_late", state, local(7))
    assert finding.detail is not None
    assert finding.detail["delay_s"] == 700
    SYSTEM.apply(state, TRIP.ended(local(7, 1)))
    assert not holds(SYSTEM, "trip_late", state, local(7, 1))


def test_a_departure_alone_tells_of_the_halt_before_it() -> None:
    state = folded(SYSTEM, [*STARTED, TRIP.departed(STOPS[0], local(6, 36), dwell_s=60)])
    assert not holds(SYSTEM, "trip_late", state, local(6, 49, 59))
    assert holds(SYSTEM, "trip_late", state, local(6, 50))


@pytest.mark.parametrize(
    ("events", "limit_ms"),
    [(STARTED, local(7, 40)), ([TRIP.started(START_MS)], local(9, 30))],
    ids=["half an hour past its plan", "three hours without plan"],
)
def test_a_trip_that_does_not_end_is_stuck(events: list[LoggedEvent], limit_ms: int) -> None:
    state = folded(SYSTEM, events)
    assert not holds(SYSTEM, "trip_overrun", state, limit_ms - 1)
    [finding] = found(SYSTEM, "trip_overrun", state, limit_ms)
    SYSTEM.apply(state, TRIP.ended(limit_ms - 1, received_ms=limit_ms + 5_000))
    assert not holds(SYSTEM, "trip_overrun", state, limit_ms + 5_000)
    assert withdraws(SYSTEM, "trip_overrun", finding, state)


def test_a_halt_at_an_unknown_stop_is_reported_until_the_trip_ends() -> None:
    halt = TRIP.arrived("s-roadside", local(6, 40))
    state = folded(SYSTEM, [*STARTED, TRIP.arrived(STOPS[0], local(6, 35)), halt])
    [finding] = found(SYSTEM, "stop_unapproved", state, local(6, 40))
    assert (finding.subject, finding.causes) == ("t-1/s-roadside", (halt.id,))
    SYSTEM.apply(state, TRIP.ended(local(7)))
    assert not holds(SYSTEM, "stop_unapproved", state, local(7))


def test_where_no_approved_stops_are_known_none_is_unapproved() -> None:
    state = folded(SYSTEM, [TRIP.started(START_MS), TRIP.arrived("s-roadside", local(6, 40))])
    assert not holds(SYSTEM, "stop_unapproved", state, local(6, 40))


ON_ROUTE = {
    "near enough": TRIP.deviated(local(6, 50), 150.0, 90),
    "for too short a time": TRIP.deviated(local(6, 50), 400.0, 59),
    "for a reason that the law knows": TRIP.deviated(local(6, 50), 400.0, 90, "road_works"),
}


@pytest.mark.parametrize("case", ON_ROUTE)
def test_a_bus_is_not_off_its_route_when_it_is(case: str) -> None:
    assert not holds(SYSTEM, "route_deviated", folded(SYSTEM, [*STARTED, ON_ROUTE[case]]), local(6, 55))


def test_a_bus_off_its_route_for_a_minute_is_reported_until_it_is_back() -> None:
    report = TRIP.deviated(local(6, 50), 151.0, 60)
    state = folded(SYSTEM, [*STARTED, report, TRIP.deviated(local(6, 51), 300.0, 120)])
    [finding] = found(SYSTEM, "route_deviated", state, local(6, 51))
    assert (finding.since_ms, finding.causes) == (local(6, 50), (report.id,))
    SYSTEM.apply(state, TRIP.deviated(local(6, 52), 0.0, 0))
    assert not holds(SYSTEM, "route_deviated", state, local(6, 52))


def test_twenty_seconds_above_sixty_with_pupils_on_board_are_speeding() -> None:
    fixes = [position(local(6, 50, second), speed_kmh=66.0) for second in (0, 10, 20)]
    state = folded(SYSTEM, [*LOADED, *fixes[:2]])
    assert not holds(SYSTEM, "overspeed_loaded", state, local(6, 50, 19))
    SYSTEM.apply(state, fixes[2])
    [finding] = found(SYSTEM, "overspeed_loaded", state, local(6, 50, 20))
    assert (finding.subject, finding.since_ms) == ("t-1", local(6, 50))
    SYSTEM.apply(state, position(local(6, 50, 30), speed_kmh=58.0))
    assert not holds(SYSTEM, "overspeed_loaded", state, local(6, 50, 30))


def test_speeding_is_no_longer_claimed_two_minutes_after_it_was_last_seen() -> None:
    state = folded(SYSTEM, [*LOADED, *(position(local(6, 50, second), speed_kmh=66.0) for second in (0, 10, 20))])
    assert holds(SYSTEM, "overspeed_loaded", state, local(6, 52, 19.999))
    assert not holds(SYSTEM, "overspeed_loaded", state, local(6, 52, 20))


NO_SPEEDING = {
    "empty": [*STARTED, *(position(local(6, 50, second), speed_kmh=66.0) for second in (0, 10, 20))],
    "on a motorway below eighty": [
        TRIP.planned(motorway=True),
        TRIP.started(START_MS),
        TRIP.boarded("a", START_MS),
        *(position(local(6, 50, second), speed_kmh=79.0) for second in (0, 10, 20)),
    ],
    "silent between two fast fixes": [*LOADED, *(position(local(6, minute), speed_kmh=66.0) for minute in (50, 52))],
}


@pytest.mark.parametrize("case", NO_SPEEDING)
def test_a_bus_does_not_speed_while_it_is(case: str) -> None:
    assert not holds(SYSTEM, "overspeed_loaded", folded(SYSTEM, NO_SPEEDING[case]), local(6, 52))


def test_eighty_one_on_a_motorway_is_speeding() -> None:
    fixes = [position(local(6, 50, second), speed_kmh=81.0) for second in (0, 10, 20)]
    boarded = TRIP.boarded("a", START_MS)
    state = folded(SYSTEM, [TRIP.planned(motorway=True), TRIP.started(START_MS), boarded, *fixes])
    [finding] = found(SYSTEM, "overspeed_loaded", state, local(6, 50, 20))
    assert finding.detail is not None
    assert finding.detail["limit_kmh"] == 80


@pytest.mark.parametrize(("speed_kmh", "duration_s", "raised"), [(24.0, 10, True), (24.0, 9, False), (20.0, 60, False)])
def test_the_terminal_reports_the_limits_that_only_it_knows(speed_kmh: float, duration_s: int, raised: bool) -> None:  # noqa: FBT001 — a case of the table
    report = {"limit_kmh": 20.0, "speed_kmh": speed_kmh, "duration_s": duration_s, "road": "restricted"}
    state = folded(SYSTEM, [*LOADED, made("school_bus.overspeed.detected", "bus-1", local(6, 50), **report)])
    assert holds(SYSTEM, "overspeed_reported", state, local(6, 50)) is raised
    assert not holds(SYSTEM, "overspeed_reported", state, local(6, 52))


def test_a_bus_on_a_trip_is_silent_after_a_minute_without_position() -> None:
    state = folded(SYSTEM, [*STARTED, position(local(6, 40))])
    assert not holds(SYSTEM, "position_silent", state, local(6, 40, 59.999))
    [finding] = found(SYSTEM, "position_silent", state, local(6, 41))
    assert (finding.subject, finding.since_ms) == ("t-1", local(6, 40))
    SYSTEM.apply(state, position(local(6, 43)))
    assert not holds(SYSTEM, "position_silent", state, local(6, 43))
    SYSTEM.apply(state, TRIP.ended(local(6, 44)))
    assert not holds(SYSTEM, "position_silent", state, local(7))


def test_a_bus_whose_clock_is_slow_is_not_silent() -> None:
    state = folded(SYSTEM, [*STARTED, position(local(6, 38), received_ms=local(6, 40))])
    assert not holds(SYSTEM, "position_silent", state, local(6, 40, 30))


def test_a_bus_with_pupils_that_stands_for_a_quarter_of_an_hour_is_reported() -> None:
    standing = [position(local(6, minute), speed_kmh=0.0) for minute in range(41, 56)]
    state = folded(SYSTEM, [*LOADED, position(local(6, 40)), *standing])
    assert not holds(SYSTEM, "standing_loaded", state, local(6, 54, 59.999))
    [finding] = found(SYSTEM, "standing_loaded", state, local(6, 55))
    assert (finding.since_ms, finding.detail) == (local(6, 40), {"bus": "bus-1", "onboard": 1})
    SYSTEM.apply(state, position(local(6, 56)))
    assert not holds(SYSTEM, "standing_loaded", state, local(6, 56))


@pytest.mark.parametrize("kind", AlarmKind)
def test_every_alarm_is_reported_at_once_and_until_it_is_taken_back(kind: AlarmKind) -> None:
    raised = alarm(kind, local(6, 50))
    state = folded(SYSTEM, [raised, alarm(kind, local(6, 51))])
    [finding] = found(SYSTEM, kind, state, local(6, 51))
    assert (finding.subject, finding.since_ms, finding.causes) == ("bus-1", local(6, 50), (raised.id,))
    SYSTEM.apply(state, alarm(kind, local(6, 52), active=False))
    assert not holds(SYSTEM, kind, state, local(6, 52))


def test_a_call_for_help_stays_until_taken_back_and_a_fault_until_it_is_no_longer_repeated() -> None:
    state = folded(SYSTEM, [alarm(AlarmKind.SOS, local(6)), alarm(AlarmKind.POWER_CUT, local(6))])
    assert holds(SYSTEM, "sos", state, local(20))
    assert holds(SYSTEM, "power_cut", state, local(6, 29, 59.999))
    assert not holds(SYSTEM, "power_cut", state, local(6, 30))
    SYSTEM.apply(state, alarm(AlarmKind.POWER_CUT, local(9)))
    [again] = found(SYSTEM, "power_cut", state, local(9))
    assert again.since_ms == local(9)


def test_help_and_collisions_are_red_and_faults_of_devices_yellow() -> None:
    assert {rule_of(SYSTEM, name).severity for name in ("sos", "collision")} == {1}
    assert {rule_of(SYSTEM, name).severity for name in ("gnss_fault", "power_cut")} == {3}
