import pytest

from ingest.event_types import _MAX_KNOWN_TEXTS, KnownTexts, pattern_of
from ingest.remembered import Remembered, keys_of
from schemas.ids import TokenId


def test_a_text_is_known_as_what_the_contract_says_of_it() -> None:
    texts = KnownTexts("subject")

    assert "bus-1" in texts
    assert "bus 1" not in texts
    assert "bus 1" not in texts
    assert texts.contains_all(["bus-1", "bus-2", "bus-1"])
    assert not texts.contains_all(["bus-1", "-bus"])


def test_how_many_texts_are_known_is_bounded() -> None:
    texts = KnownTexts("subject")

    assert all(f"bus-{number}" in texts for number in range(_MAX_KNOWN_TEXTS + 10))
    assert len(texts._known) <= _MAX_KNOWN_TEXTS


def test_a_member_without_a_pattern_has_none() -> None:
    with pytest.raises(ValueError, match="dataschema"):
        pattern_of("dataschema")


def test_a_gateway_may_remember_nothing() -> None:
    remembered = Remembered(0)
    keys = keys_of(TokenId("t"), ["s"], ["1"])

    remembered.add(keys)

    assert list(remembered.fresh(keys)) == [True]
