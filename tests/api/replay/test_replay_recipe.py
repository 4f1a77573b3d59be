import msgspec

from api.replay.recipe import KEPT_MS, Recipe, seal, unseal

KEY, OTHER_KEY = bytes(32), bytes([1]) * 32
RECIPE = Recipe("t-1", ("campus:c-1",), ("canteen",), 1, 2, "occurred", "核查午餐 c-secret", (5, 7), made_ms=1_000)


def test_id_gives_the_recipe_back_until_it_is_too_old() -> None:
    text = seal(RECIPE, KEY)
    assert unseal(text, KEY, RECIPE.made_ms) == RECIPE
    assert unseal(text, KEY, RECIPE.made_ms + KEPT_MS - 1) == RECIPE
    assert unseal(text, KEY, RECIPE.made_ms + KEPT_MS) is None


def test_id_of_another_key_or_with_any_byte_changed_is_none() -> None:
    text = seal(RECIPE, KEY)
    assert unseal(text, OTHER_KEY, 1_000) is None
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        found = unseal(changed, KEY, 1_000)
        assert found is None or found == RECIPE  # the last character has bits that mean nothing


def test_nothing_that_is_not_an_id_breaks() -> None:
    for text in ("", "x", "é", "A" * 7_000, "-" * 40):
        assert unseal(text, KEY, 1_000) is None


def test_id_tells_nobody_what_it_is_about() -> None:
    text = seal(RECIPE, KEY)
    assert "c-1" not in text
    assert seal(RECIPE, KEY) != text


def test_what_decides_only_when_does_not_change_the_tag() -> None:
    tag = RECIPE.tag()
    assert msgspec.structs.replace(RECIPE, speed=60, paused=True, purpose="另一目的", made_ms=9).tag() == tag
    for changes in ({"clock": "received"}, {"to_ms": 3}, {"horizon": (5, 8)}, {"systems": ()}, {"scopes": ()}):
        assert msgspec.structs.replace(RECIPE, **changes).tag() != tag
