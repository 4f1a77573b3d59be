"""Every event of the product has a sentence in both languages, and no sentence names a pupil."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import EventType
from schemas.ids import EventTypeName
from schemas.sentences import ROUTINE, patterns_of, sentence
from schemas.sentences.pattern import fill
from schemas.systems import PRODUCT_SYSTEMS, SYSTEMS, catalogue

TYPES = list(catalogue().values())


@pytest.mark.parametrize("declared", TYPES, ids=lambda declared: declared.name)
def test_every_type_has_a_sentence_that_its_sample_fills(declared: EventType) -> None:
    assert declared.name in patterns_of(declared.system)
    told = sentence(declared.name, "subject-1", declared.sample)
    for text, language in ((told.zh, "zh"), (told.en, "en")):
        assert text
        assert not re.search(r"[{}\[\]—]", text), text
        assert (
            bool(re.search(r"[\u4e00-\u9fff]", text)) == (language == "zh")
            or "name" in declared.sample
            or "item" in declared.sample
        )


@pytest.mark.parametrize("declared", TYPES, ids=lambda declared: declared.name)
def test_no_sentence_names_a_pupil(declared: EventType) -> None:
    token = declared.sample.get("pupil_token", "p_none")
    told = sentence(declared.name, "subject-1", declared.sample)
    assert token not in told.zh + told.en


def test_every_pattern_belongs_to_a_type_and_names_its_fields_alone() -> None:
    for system in (*SYSTEMS, *PRODUCT_SYSTEMS):
        for name, patterns in patterns_of(system).items():
            fields = {"subject", *catalogue()[EventTypeName(name)].data.model_fields}
            assert {field for pattern in patterns for field in re.findall(r"\{(\w+)", pattern)} <= fields, name
    assert set(catalogue()) >= ROUTINE


def test_type_that_nobody_wrote_a_sentence_for_is_told_by_its_fields() -> None:
    told = sentence(
        "library.book.lent.v1", "shelf-3", {"book_ref": "b-1", "due_ms": 1_795_564_800_000, "pupil_token": "p_x"}
    )
    assert told.zh == "shelf-3 library.book.lent：book_ref b-1，due_ms 08:00"
    assert told.en == "shelf-3 library.book.lent: book_ref b-1, due_ms 08:00"


def test_part_in_square_brackets_is_left_out_where_its_field_is_missing() -> None:
    assert fill("a[, {b} °C]", {"b": None}, "en") == "a"
    assert fill("a[, {b} °C]", {"b": 3.50}, "en") == "a, 3.5 °C"


json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(TYPES), st.dictionaries(st.text(max_size=12), json, max_size=4), st.data())
def test_whatever_the_data_says_there_is_a_sentence(
    declared: EventType, extra: dict[str, Any], data: st.DataObject
) -> None:
    drawn = {name: data.draw(json) for name in declared.data.model_fields}
    told = sentence(declared.name, "s", extra | drawn)
    assert told.zh
    assert told.en
