from hypothesis import given
from hypothesis import strategies as st

from api.replay.pace import Pace

speeds = st.integers(1, 600)
seconds = st.floats(0, 1e5)


@given(speeds, seconds)
def test_instant_comes_when_it_is_due(speed: int, after_s: float) -> None:
    pace = Pace(1_000_000, 50.0, speed, paused=False)
    at_ms = int(pace.instant_ms(50.0 + after_s))
    assert abs(pace.due_s(at_ms) - (50.0 + after_s)) <= 0.001 / speed + 1e-6


@given(st.lists(st.tuples(speeds, st.booleans(), st.floats(0, 100)), max_size=20))
def test_time_never_jumps_when_the_pace_changes_and_stands_while_paused(changes: list[tuple[int, bool, float]]) -> None:
    pace, now_s = Pace(0, 0.0, 1, paused=False), 0.0
    expected_ms, speed, paused = 0.0, 1, False
    for new_speed, new_paused, lasting_s in changes:
        now_s += lasting_s
        expected_ms += 0 if paused else lasting_s * 1000 * speed
        pace.change(now_s, new_speed, paused=new_paused)
        speed, paused = new_speed, new_paused
        assert abs(pace.instant_ms(now_s) - expected_ms) < 1


def test_seek_goes_on_from_the_new_instant() -> None:
    pace = Pace(0, 0.0, 10, paused=False)
    pace.move(5.0, 700_000)
    assert pace.instant_ms(6.0) == 710_000
