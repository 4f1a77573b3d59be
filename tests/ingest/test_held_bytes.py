import pytest

from ingest.errors import UnavailableError
from ingest.held_bytes import HeldBytes


def test_what_passes_the_limit_is_refused_and_holds_nothing() -> None:
    held = HeldBytes(100)
    held.reserve(60)

    with pytest.raises(UnavailableError):
        held.reserve(41)

    assert held.total == 60


def test_a_reservation_that_turns_out_larger_is_refused_when_the_rest_leaves_no_room() -> None:
    held = HeldBytes(100)
    other, mine = held.reserve(60), held.reserve(10)

    with pytest.raises(UnavailableError):
        mine.settle(41)

    assert held.total == 70
    other.release()
    mine.settle(41)
    assert held.total == 41


def test_what_alone_is_more_than_the_limit_is_taken_when_nothing_else_is_held() -> None:
    held = HeldBytes(100)
    only = held.reserve(10)

    only.settle(500)

    with pytest.raises(UnavailableError):
        held.reserve(1)
    only.release()
    assert held.total == 0


def test_shrinking_and_giving_back_twice_is_always_possible() -> None:
    held = HeldBytes(100)
    large, small = held.reserve(90), held.reserve(10)
    large.settle(80)

    large.release()
    large.release()

    assert held.total == 10
    small.release()
    assert held.total == 0
