"""When a partition is flushed."""

from math import inf

from streams.core.system import Effect
from streams.engine.pacing import LEAST_GAP_S, Pacing


def pacing(*, began_s: float, ended_s: float, whole: bool = False) -> Pacing:
    found = Pacing(visible_s=0.15, alive_s=5.0)
    found.flushed(began_s, ended_s, whole=whole)
    return found


def test_what_comes_first_is_written_at_once() -> None:
    fresh = Pacing(visible_s=0.15, alive_s=5.0)
    assert fresh.due_s(Effect.VISIBLE) == -inf
    assert fresh.due_s(Effect.ALIVE) == -inf
    assert fresh.due_s(Effect.NOTHING) == inf


def test_a_visible_change_waits_no_longer_than_its_time_since_the_last_flush() -> None:
    assert pacing(began_s=10.0, ended_s=10.003).due_s(Effect.VISIBLE) == 10.15
    assert pacing(began_s=10.0, ended_s=10.003).due_s(Effect.JUDGE) == 10.15


def test_mere_freshness_waits_for_its_own_time_since_everything_was_written() -> None:
    assert pacing(began_s=10.0, ended_s=10.003, whole=True).due_s(Effect.ALIVE) == 15.0


def test_flushing_takes_no_more_than_a_quarter_of_the_time() -> None:
    assert pacing(began_s=10.0, ended_s=10.4).due_s(Effect.VISIBLE) == 10.4 + 3 * (10.4 - 10.0)


def test_a_partition_is_never_flushed_twice_within_the_least_gap() -> None:
    quick = Pacing(visible_s=0.0, alive_s=0.0)
    quick.flushed(10.0, 10.001, whole=True)
    assert quick.due_s(Effect.VISIBLE) == 10.001 + LEAST_GAP_S
    assert quick.due_s(Effect.ALIVE) == 10.001 + LEAST_GAP_S


def test_freshness_rides_along_once_its_time_has_come() -> None:
    found = pacing(began_s=10.0, ended_s=10.003, whole=True)
    found.flushed(14.9, 14.91, whole=False)
    assert not found.is_whole(14.99)
    assert found.is_whole(15.0)
