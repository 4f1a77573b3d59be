import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.duplicate_keys import counts_members, has_duplicate_keys, is_plain

TEXT = st.text('abc:"\\ ,é\n', max_size=5)
FLAT = st.dictionaries(TEXT, st.one_of(TEXT, st.integers(), st.booleans(), st.lists(TEXT, max_size=3)), max_size=6)


@given(FLAT, st.sampled_from([(",", ":"), (" , ", " : "), (", ", ": ")]))
def test_an_object_without_duplicates_has_none(value: dict[str, Any], separators: tuple[str, str]) -> None:
    raw = json.dumps(value, ensure_ascii=False, separators=separators).encode()

    assert not has_duplicate_keys(raw)


@given(FLAT.filter(bool), st.data())
def test_a_doubled_member_is_never_proven_single(value: dict[str, Any], data: st.DataObject) -> None:
    doubled = data.draw(st.sampled_from(sorted(value)))
    raw = (json.dumps(value)[:-1] + f", {json.dumps(doubled)}: 1}}").encode()

    assert has_duplicate_keys(raw)
    assert not (is_plain(raw) and counts_members(raw, len(msgspec.json.decode(raw))))


@pytest.mark.parametrize(
    "raw",
    [b'{"a":{"b":1,"b":2}}', b'{"a":[{"b":1,"b":2}]}', b'{"a":1,"\\u0061":2}', b'{"a" :1,"a"\t:2}', b'{"":1,"":1}'],
)
def test_a_doubled_member_is_found_wherever_it_hides(raw: bytes) -> None:
    assert has_duplicate_keys(raw)


def test_a_text_that_starts_with_a_colon_only_asks_for_a_closer_look() -> None:
    raw = b'{"a":":b"}'

    assert not counts_members(raw, 1)
    assert not has_duplicate_keys(raw)
