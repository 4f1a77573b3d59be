"""Room in bounded maps, the nearest of several instants, and the event with which a spell began."""

from streams.core.bounded import make_room
from streams.core.deadline import first_after
from streams.core.spell import MAX_OBSERVATIONS, Spell, causes, observe, see_off, see_on


def test_room_is_made_by_dropping_the_least_and_of_equals_the_first() -> None:
    entries = {"b": 2, "a": 1, "c": 1, "d": 3}
    make_room(entries, 3, lambda age: age)
    assert entries == {"b": 2, "d": 3}


def test_where_there_is_room_nothing_is_dropped() -> None:
    entries = {"a": 1}
    make_room(entries, 2, lambda age: age)
    assert entries == {"a": 1}


def test_the_first_instant_after_now_is_strictly_after_it() -> None:
    assert first_after(10, [30, 10, 9, 20]) == 20
    assert first_after(30, [30, 10]) is None
    assert first_after(0, []) is None


def test_a_spell_names_the_event_with_which_it_began() -> None:
    spell = Spell()
    assert causes(spell) == ()
    assert observe(spell, 20, "second", is_so=True)
    assert observe(spell, 10, "first", is_so=True)
    assert not observe(spell, 30, "third", is_so=True)
    assert causes(spell) == ("first",)
    assert observe(spell, 15, "good", is_so=False)
    assert causes(spell) == ("second",)


def test_a_spell_whose_fold_gave_no_ids_has_no_causes() -> None:
    spell = Spell()
    see_on(spell, 10)
    assert causes(spell) == ()


def test_a_long_spell_forgets_the_ids_that_it_forgets_the_instants_of() -> None:
    spell = Spell()
    for instant_ms in range(1, MAX_OBSERVATIONS + 10):
        see_on(spell, instant_ms, f"e-{instant_ms}")
    assert sorted(spell.seen_by) == spell.on_ms
    assert causes(spell) == ("e-1",)
    see_off(spell, MAX_OBSERVATIONS)
    assert sorted(spell.seen_by) == spell.on_ms
