"""Stretches of presence are the same whatever the order of the sightings."""

from hypothesis import given
from hypothesis import strategies as st

from streams.core.presence import MAX_STRETCHES, Presence, hear, heard_ms, resumed_ms

GAP_MS = 10


def after(*sightings: int) -> Presence:
    presence = Presence()
    for instant_ms in sightings:
        hear(presence, instant_ms, GAP_MS)
    return presence


def test_nothing_heard_is_no_presence() -> None:
    assert (heard_ms(Presence()), resumed_ms(Presence())) == (0, 0)


def test_sightings_within_the_gap_are_one_stretch_and_beyond_it_two() -> None:
    assert after(100, 110, 120).stretches == [[100, 120]]
    assert after(100, 111).stretches == [[100, 100], [111, 111]]
    assert (heard_ms(after(100, 111, 115)), resumed_ms(after(100, 111, 115))) == (115, 111)


def test_a_late_sighting_joins_two_stretches() -> None:
    presence = after(100, 120)
    assert hear(presence, 110, GAP_MS)
    assert presence.stretches == [[100, 120]]


def test_a_late_sighting_lets_a_stretch_begin_earlier() -> None:
    assert after(100, 95).stretches == [[95, 100]]


def test_growing_on_is_no_news_and_a_new_stretch_is() -> None:
    presence = after(100)
    assert not hear(presence, 105, GAP_MS)
    assert not hear(presence, 102, GAP_MS)
    assert hear(presence, 200, GAP_MS)


def test_old_stretches_are_forgotten() -> None:
    presence = after(*range(0, 100 * (MAX_STRETCHES + 2), 100))
    assert len(presence.stretches) == MAX_STRETCHES
    assert presence.stretches[0] == [200, 200]


@given(st.data(), st.lists(st.integers(0, 60), max_size=20))
def test_any_order_gives_the_same_stretches(data: st.DataObject, sightings: list[int]) -> None:
    assert after(*data.draw(st.permutations(sightings))) == after(*sorted(set(sightings)))
