from hypothesis import given
from hypothesis import strategies as st

from api.history.track import GAP_MS, Fix, distance_m, gaps, segments, simplified

fixes = st.lists(
    st.builds(Fix, st.integers(0, 10**6), st.floats(29.9, 30.1), st.floats(114.9, 115.1), st.just(30.0)), max_size=40
).map(sorted)


def line(count: int) -> list[Fix]:
    return [Fix(n * 10_000, 30.0, 115.0 + n / 1000, 30.0) for n in range(count)]


def test_straight_line_needs_two_positions() -> None:
    assert simplified(line(50), 1.0) == [line(50)[0], line(50)[-1]]


def test_corner_is_kept() -> None:
    corner = [*line(10), Fix(200_000, 30.01, 115.009, 30.0)]
    assert simplified(corner, 5.0) == [corner[0], corner[9], corner[10]]


@given(fixes, st.floats(0.5, 500))
def test_simplified_track_keeps_its_ends_and_its_order(found: list[Fix], tolerance_m: float) -> None:
    kept = simplified(found, tolerance_m)
    assert kept[:1] == found[:1]
    assert kept[-1:] == found[-1:]
    assert kept == sorted(kept)
    assert set(kept) <= set(found)


def test_silence_cuts_a_track_and_is_named() -> None:
    late = [fix._replace(at_ms=fix.at_ms + GAP_MS + 10_000) for fix in line(4)[2:]]
    parts = list(segments([*line(2), *late]))
    assert [len(part) for part in parts] == [2, 2]
    (gap,) = gaps(parts)
    assert (gap.from_ms, gap.to_ms) == (10_000, 20_000 + GAP_MS + 10_000)
    assert gap.distance_m == round(distance_m(parts[0][-1], parts[1][0]), 1)


def test_track_of_nothing_has_no_parts() -> None:
    assert list(segments([])) == []
    assert simplified([], 10.0) == []
