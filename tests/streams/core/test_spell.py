"""Spells: since when something has been so, in whatever order it was observed."""

from hypothesis import given
from hypothesis import strategies as st

from streams.core.spell import MAX_OBSERVATIONS, Spell, begun_ms, causes, observe, see_off, see_on

Observations = list[tuple[int, bool]]


def spell_of(observations: Observations) -> Spell:
    spell = Spell()
    for instant_ms, is_so in observations:
        observe(spell, instant_ms, f"e-{instant_ms}-{is_so}", is_so=is_so)
    return spell


def test_a_spell_begins_with_the_first_observation_after_the_last_that_it_was_not_so() -> None:
    spell = spell_of([(10, True), (20, False), (30, True), (40, True)])
    assert begun_ms(spell) == 30
    assert causes(spell) == ("e-30-True",)


def test_nothing_seen_is_no_spell() -> None:
    assert begun_ms(Spell()) is None
    assert causes(Spell()) == ()
    assert causes(spell_of([(10, True), (20, False)])) == ()


def test_both_said_of_one_instant_means_that_it_was_so() -> None:
    assert begun_ms(spell_of([(10, True), (10, False)])) == begun_ms(spell_of([(10, False), (10, True)])) == 10


def test_of_two_events_of_one_instant_the_same_one_is_the_cause_in_either_order() -> None:
    one, two = Spell(), Spell()
    for spell, ids in ((one, ("e-a", "e-b")), (two, ("e-b", "e-a"))):
        for event_id in ids:
            see_on(spell, 10, event_id)
    assert one == two
    assert causes(one) == ("e-a",)


def test_only_what_teaches_something_is_reported() -> None:
    spell = Spell()
    assert see_on(spell, 10)
    assert not see_on(spell, 10)
    assert not see_off(spell, 5)
    assert see_off(spell, 20)
    assert not see_off(spell, 15)
    assert not see_on(spell, 15)


def test_an_observation_is_judged_when_it_moves_the_beginning() -> None:
    spell = Spell()
    moved = [observe(spell, instant_ms, "e", is_so=True) for instant_ms in (20, 30, 10, 15)]
    assert moved == [True, False, True, False]
    assert observe(spell, 12, "e", is_so=False)


def test_a_gap_divides_a_spell_where_the_reader_says_so() -> None:
    spell = spell_of([(10, True), (20, True), (50, True), (55, True)])
    assert (begun_ms(spell), begun_ms(spell, 30), begun_ms(spell, 29)) == (10, 10, 50)


def test_a_long_spell_is_remembered_coarsely_but_keeps_its_ends_and_leaves_no_wide_gap() -> None:
    spell = spell_of([(instant_ms, True) for instant_ms in range(0, 6_400, 10)])
    assert len(spell.on_ms) == len(spell.seen_by) == MAX_OBSERVATIONS
    assert (spell.on_ms[0], spell.on_ms[-1]) == (0, 6_390)
    assert begun_ms(spell, 2 * 6_400 // MAX_OBSERVATIONS) == 0
    assert causes(spell) == ("e-0-True",)


observations = st.lists(st.tuples(st.integers(1, 60), st.booleans()), max_size=MAX_OBSERVATIONS)


@given(observations, st.randoms(use_true_random=False))
def test_no_order_and_no_repetition_of_observations_changes_a_spell(seen: Observations, random: object) -> None:
    shuffled = seen + seen[::2]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert spell_of(shuffled) == spell_of(seen)


@given(observations)
def test_a_spell_says_what_the_sorted_observations_say(seen: Observations) -> None:
    last_off = max((instant_ms for instant_ms, is_so in seen if not is_so), default=0)
    expected = min((instant_ms for instant_ms, is_so in seen if is_so and instant_ms >= last_off), default=None)
    assert begun_ms(spell_of(seen)) == expected
