"""The rules about children on board: at their deadline, before it, after their end, and when a late fact arrives."""

import pytest

from schemas.clock import MINUTE_MS
from streams.systems.school_bus import SYSTEM
from tests.streams.systems.bus_day import START_MS, Trip, good_trip
from tests.streams.systems.driving import folded, found, holds, local, withdraws

TRIP = Trip()
ENDED_MS = local(7, 10)
UNDER_WAY = [TRIP.started(START_MS), TRIP.boarded("a", START_MS + 1_000), TRIP.boarded("b", START_MS + 2_000)]
EMPTIED = [TRIP.alighted("a", ENDED_MS - 2_000), TRIP.alighted("b", ENDED_MS - 1_000)]


def test_a_bus_not_searched_is_reported_exactly_five_minutes_after_its_trip() -> None:
    end = TRIP.ended(ENDED_MS)
    state = folded(SYSTEM, [*UNDER_WAY, *EMPTIED, end])
    assert not holds(SYSTEM, "childcheck_missing", state, local(7, 14, 59.999))
    [finding] = found(SYSTEM, "childcheck_missing", state, local(7, 15))
    assert (finding.subject, finding.since_ms, finding.causes) == ("t-1", local(7, 15), (end.id,))
    assert finding.detail == {"bus": "bus-1", "trip_ended_ms": ENDED_MS, "onboard": 0}
    assert holds(SYSTEM, "childcheck_missing", state, local(20))


def test_a_search_in_time_that_is_reported_late_withdraws_the_alert() -> None:
    state = folded(SYSTEM, [*UNDER_WAY, *EMPTIED, TRIP.ended(ENDED_MS)])
    [finding] = found(SYSTEM, "childcheck_missing", state, local(7, 16))
    SYSTEM.apply(state, TRIP.searched(local(7, 13), received_ms=local(7, 17)))
    assert not holds(SYSTEM, "childcheck_missing", state, local(7, 17))
    assert withdraws(SYSTEM, "childcheck_missing", finding, state)


def test_a_search_after_the_deadline_ends_the_alert_but_does_not_withdraw_it() -> None:
    state = folded(SYSTEM, [*UNDER_WAY, *EMPTIED, TRIP.ended(ENDED_MS)])
    [finding] = found(SYSTEM, "childcheck_missing", state, local(7, 16))
    SYSTEM.apply(state, TRIP.searched(local(7, 18)))
    assert not holds(SYSTEM, "childcheck_missing", state, local(7, 18))
    assert not withdraws(SYSTEM, "childcheck_missing", finding, state)


NO_SEARCH = {
    "the tag at the last row was not touched": [TRIP.searched(local(7, 12), last_row=False)],
    "it was long before the end": [TRIP.searched(local(6, 54))],
    "a child got off after it": [TRIP.searched(local(7, 11)), TRIP.alighted("b", local(7, 12))],
}


@pytest.mark.parametrize("case", NO_SEARCH)
def test_a_search_is_none_when(case: str) -> None:
    state = folded(SYSTEM, [*UNDER_WAY, *EMPTIED, TRIP.ended(ENDED_MS), *NO_SEARCH[case]])
    assert holds(SYSTEM, "childcheck_missing", state, local(7, 15))


def test_a_search_just_before_the_end_is_one_when_everybody_had_got_off() -> None:
    state = folded(SYSTEM, [*UNDER_WAY, *EMPTIED, TRIP.searched(ENDED_MS - 500), TRIP.ended(ENDED_MS)])
    assert not holds(SYSTEM, "childcheck_missing", state, local(7, 15))


def test_a_trip_that_was_cancelled_before_it_began_needs_no_search() -> None:
    state = folded(SYSTEM, [TRIP.planned(), TRIP.ended(local(6), outcome="cancelled")])
    assert not holds(SYSTEM, "childcheck_missing", state, local(12))


def test_a_trip_whose_start_was_never_told_needs_a_search_all_the_same() -> None:
    state = folded(SYSTEM, [TRIP.ended(ENDED_MS)])
    assert holds(SYSTEM, "childcheck_missing", state, local(7, 15))


def test_a_trip_that_another_bus_took_over_has_not_ended() -> None:
    state = folded(
        SYSTEM, [*UNDER_WAY, TRIP.ended(ENDED_MS, outcome="broken_down"), Trip(bus="bus-2").started(local(7, 12))]
    )
    assert not holds(SYSTEM, "childcheck_missing", state, local(7, 30))
    assert not holds(SYSTEM, "child_left", state, local(7, 30))


def test_a_child_who_did_not_get_off_is_reported_half_a_minute_after_the_end() -> None:
    end = TRIP.ended(ENDED_MS)
    state = folded(SYSTEM, [*UNDER_WAY, EMPTIED[0], end])
    assert not holds(SYSTEM, "child_left", state, ENDED_MS + 29_999)
    [finding] = found(SYSTEM, "child_left", state, ENDED_MS + 30_000)
    assert (finding.subject, finding.since_ms, finding.causes) == ("t-1", ENDED_MS, (end.id,))
    assert finding.detail == {"bus": "bus-1", "boarded": 2, "alighted": 1, "left": 1}
    assert not holds(SYSTEM, "count_mismatch", state, ENDED_MS + 30_000)


def test_a_card_read_in_time_but_told_late_withdraws_the_lost_child() -> None:
    state = folded(SYSTEM, [*UNDER_WAY, EMPTIED[0], TRIP.ended(ENDED_MS)])
    [finding] = found(SYSTEM, "child_left", state, ENDED_MS + 40_000)
    SYSTEM.apply(state, TRIP.alighted("b", ENDED_MS - 1_000, received_ms=ENDED_MS + 60_000))
    assert not holds(SYSTEM, "child_left", state, ENDED_MS + 60_000)
    assert withdraws(SYSTEM, "child_left", finding, state)


def test_a_child_found_later_ends_the_alert_without_withdrawing_it() -> None:
    state = folded(SYSTEM, [*UNDER_WAY, EMPTIED[0], TRIP.ended(ENDED_MS)])
    [finding] = found(SYSTEM, "child_left", state, ENDED_MS + 40_000)
    SYSTEM.apply(state, TRIP.alighted("b", ENDED_MS + 90_000))
    assert not holds(SYSTEM, "child_left", state, ENDED_MS + 90_000)
    assert not withdraws(SYSTEM, "child_left", finding, state)


def test_a_search_that_found_nobody_turns_the_lost_child_into_a_mismatch_of_cards() -> None:
    state = folded(SYSTEM, [*UNDER_WAY, EMPTIED[0], TRIP.ended(ENDED_MS), TRIP.searched(local(7, 12))])
    assert holds(SYSTEM, "child_left", state, local(7, 11, 59.999))
    assert not holds(SYSTEM, "child_left", state, local(7, 12))
    assert not holds(SYSTEM, "count_mismatch", state, local(7, 11, 59.999))
    assert holds(SYSTEM, "count_mismatch", state, local(7, 12))
    assert not holds(SYSTEM, "count_mismatch", state, ENDED_MS + 60 * MINUTE_MS)


def test_without_cards_a_head_count_after_the_end_tells_of_a_child_left() -> None:
    manual = [TRIP.started(START_MS), TRIP.ended(ENDED_MS), TRIP.counted(ENDED_MS + 5_000, 3, 2, 1)]
    assert holds(SYSTEM, "child_left", folded(SYSTEM, manual), ENDED_MS + 30_000)
    earlier = [TRIP.started(START_MS), TRIP.counted(START_MS + 5_000, 3, 0, 3), TRIP.ended(ENDED_MS)]
    assert not holds(SYSTEM, "child_left", folded(SYSTEM, earlier), ENDED_MS + 30_000)


def test_a_head_count_that_does_not_add_up_is_reported_at_once() -> None:
    count = TRIP.counted(local(6, 50), boarded=3, alighted=1, onboard=1)
    state = folded(SYSTEM, [TRIP.started(START_MS), count])
    [finding] = found(SYSTEM, "count_mismatch", state, local(6, 50))
    assert (finding.since_ms, finding.causes) == (local(6, 50), (count.id,))
    SYSTEM.apply(state, TRIP.counted(local(6, 52), boarded=3, alighted=1, onboard=2))
    assert not holds(SYSTEM, "count_mismatch", state, local(6, 52))


def test_a_head_count_that_differs_from_the_cards_is_reported_when_they_had_time_to_settle() -> None:
    state = folded(SYSTEM, [*UNDER_WAY, TRIP.counted(local(6, 50), boarded=3, alighted=0, onboard=3)])
    assert not holds(SYSTEM, "count_mismatch", state, local(6, 50, 29.999))
    [finding] = found(SYSTEM, "count_mismatch", state, local(6, 50, 30))
    assert finding.detail is not None
    assert (finding.detail["onboard"], finding.detail["onboard_by_cards"]) == (3, 2)
    SYSTEM.apply(state, TRIP.boarded("c", local(6, 49), received_ms=local(6, 51)))
    assert not holds(SYSTEM, "count_mismatch", state, local(6, 51))
    assert withdraws(SYSTEM, "count_mismatch", finding, state)


def test_pupils_who_board_after_a_head_count_do_not_make_it_wrong() -> None:
    count = TRIP.counted(local(6, 50), boarded=2, alighted=0, onboard=2)
    state = folded(SYSTEM, [*UNDER_WAY, count, TRIP.boarded("c", local(6, 55)), TRIP.alighted("a", local(6, 56))])
    assert not holds(SYSTEM, "count_mismatch", state, local(7))


def test_a_pupil_who_got_off_without_having_got_on_is_a_mismatch_after_the_trip() -> None:
    state = folded(SYSTEM, [*UNDER_WAY, *EMPTIED, TRIP.alighted("ghost", ENDED_MS - 500), TRIP.ended(ENDED_MS)])
    assert not holds(SYSTEM, "count_mismatch", state, ENDED_MS + 29_999)
    assert holds(SYSTEM, "count_mismatch", state, ENDED_MS + 30_000)


def test_one_pupil_more_than_seats_overloads_the_bus_from_the_moment_of_boarding() -> None:
    riders = [TRIP.boarded(name, START_MS + number * 1_000) for number, name in enumerate("abcde")]
    state = folded(SYSTEM, [TRIP.started(START_MS), *riders[:4]])
    assert not holds(SYSTEM, "overload", state, START_MS + 60_000)
    SYSTEM.apply(state, riders[4])
    [finding] = found(SYSTEM, "overload", state, START_MS + 60_000)
    assert (finding.since_ms, finding.detail) == (START_MS + 4_000, {"bus": "bus-1", "onboard": 5, "seats": 4})
    SYSTEM.apply(state, TRIP.alighted("a", START_MS + 90_000))
    assert not holds(SYSTEM, "overload", state, START_MS + 90_000)


def test_without_cards_a_head_count_overloads_the_bus() -> None:
    count = TRIP.counted(local(6, 50), boarded=9, alighted=0, onboard=9, seats=8)
    state = folded(SYSTEM, [TRIP.started(START_MS), count])
    [finding] = found(SYSTEM, "overload", state, local(6, 50))
    assert (finding.since_ms, finding.causes) == (local(6, 50), (count.id,))


def test_where_no_seats_are_known_nobody_speaks_of_overload() -> None:
    state = folded(SYSTEM, [TRIP.boarded(str(number), START_MS + number) for number in range(60)])
    assert not holds(SYSTEM, "overload", state, START_MS + 60_000)


def test_an_alert_of_a_closed_trip_is_no_mistake() -> None:
    state = folded(SYSTEM, [*UNDER_WAY, *EMPTIED, TRIP.ended(ENDED_MS)])
    [finding] = found(SYSTEM, "childcheck_missing", state, local(7, 16))
    for event in good_trip(Trip("t-2", "bus-2", local(8, 30))):
        SYSTEM.apply(state, event)
    SYSTEM.apply(state, TRIP.searched(local(7, 18)))
    assert state.trips["t-1"].closed
    assert not withdraws(SYSTEM, "childcheck_missing", finding, state)
