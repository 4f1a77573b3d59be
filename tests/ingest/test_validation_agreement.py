"""The fast path and pydantic are of one mind: on every sample, near every limit, and on mutilated texts."""

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.batch_validation import BatchValidator
from ingest.event_types import EventTypes
from ingest.rejections import Rejection
from ingest.validation import Validator, ValidEvent
from schemas.envelope import model_of
from schemas.ids import CampusId
from schemas.systems import catalogue
from tests.ingest.ingest_samples import CAMPUS, encode, event

CAMPUSES = frozenset({CampusId(CAMPUS)})
NONE_KNOWN: frozenset[str] = frozenset()
"""With no campus known beforehand every event is judged by pydantic."""
TYPES = EventTypes(catalogue())
VALIDATOR = Validator(TYPES)
BATCHES = BatchValidator(TYPES)
ALL_TYPES = frozenset(catalogue())


def agree(raw: bytes) -> ValidEvent | Rejection:
    fast, slow = VALIDATOR.check(raw, CAMPUSES), VALIDATOR.check(raw, NONE_KNOWN)
    assert fast == slow, raw
    return fast


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_both_take_the_sample_of_every_type(name: str) -> None:
    raw = encode(event(name, sequence="7", bootid=1, datacontenttype="application/json"))

    assert isinstance(agree(raw), ValidEvent)


def limits_of(schema: dict[str, Any]) -> list[Any]:
    """Values at, and just beyond, every limit that a JSON Schema names, and some of every kind."""
    values: list[Any] = [None, True, 0, -1, 1.5, 2**31, 2**63, 2**64, "", "a", "é", [], {}, [1], {"a": 1}, "x" * 97]
    for part in [schema, *schema.get("anyOf", []), schema.get("items", {})]:
        for limit in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
            if limit in part:
                values += [part[limit] + step for step in (-1, -0.001, 0, 0.001, 1)]
        for limit in ("minLength", "maxLength"):
            if limit in part:
                values += ["汉" * max(0, part[limit] + step) for step in (-1, 0, 1)]
        for limit in ("minItems", "maxItems"):
            if limit in part:
                values += [["a-1"] * max(0, part[limit] + step) for step in (-1, 0, 1)]
        values += part.get("enum", [])
    return values


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_both_judge_alike_near_every_limit_of_every_member(name: str) -> None:
    declared = catalogue()[name]  # type: ignore[index]
    schema = declared.data.model_json_schema()

    for member, part in schema["properties"].items():
        for value in limits_of(part):
            agree(encode(event(name, data=declared.sample | {member: value})))
        agree(encode(event(name, data={key: kept for key, kept in declared.sample.items() if key != member})))


@pytest.mark.parametrize("member", sorted(model_of(catalogue()["canteen.temp.sampled.v1"]).model_fields))  # type: ignore[index]
def test_both_judge_alike_every_member_of_the_envelope(member: str) -> None:
    texts = [
        "",
        " ",
        "a",
        "a\n",
        "7",
        "-1",
        "1.0",
        "A.b:c-d_e",
        "x" * 65,
        "9" * 19,
        "urn:a",
        "汉",
        "\x7f",
        "application/json",
    ]
    values: list[Any] = [*texts, None, 0, 1, -1, 1.0, 2**31, True, [], {}]
    for value in values:
        agree(encode(event(**{member: value})))
    agree(encode({key: value for key, value in event().items() if key != member}))


SAMPLES = [encode(event(name, sequence="7")) for name in catalogue()]
FRAGMENTS = [
    b'"', b"\\", b"{", b"}", b"[", b",", b":", b" ", b"\n", b"0", b"-", b"e9", b".0", b"\xff", b"\xe6", b"null",
    b"true", b"\\u0000", b"\\u0061", b'"id":"x",', b'"data":{},', b'"zone":"fridge",', b":", b'":', b"NaN", b"1e999",
    b"\x00",
]  # fmt: skip


@settings(max_examples=600)
@given(st.data())
def test_both_judge_mutilated_texts_alike(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from(SAMPLES))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(raw)))
        cut = data.draw(st.integers(0, 4))
        raw = raw[:start] + data.draw(st.sampled_from(FRAGMENTS)) + raw[start + cut :]

    agree(raw)


@settings(max_examples=300)
@given(st.data())
def test_a_batch_judged_at_once_is_judged_as_its_events_are(data: st.DataObject) -> None:
    raws = []
    for _ in range(data.draw(st.integers(1, 5))):
        raw = data.draw(st.sampled_from(SAMPLES))
        if data.draw(st.booleans()) and data.draw(st.booleans()):
            place = data.draw(st.integers(0, len(raw)))
            raw = raw[:place] + data.draw(st.sampled_from(FRAGMENTS)) + raw[place:]
        raws.append(raw)
    body = b"[" + b", ".join(raws) + b"]"
    try:
        slices = [bytes(piece) for piece in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except ValueError:
        return

    columns = BATCHES.read(body, slices, CAMPUSES, ALL_TYPES)

    verdicts = [VALIDATOR.check(piece, NONE_KNOWN) for piece in slices]
    if columns is not None:
        read = zip(columns.ids, columns.sources, columns.campus_ids, columns.occurred_ms, strict=True)
        assert [(v.id, v.source, v.campus_id, v.occurred_ms) for v in verdicts if isinstance(v, ValidEvent)] == [*read]
        assert columns.raws == slices


def test_a_batch_of_plain_events_is_judged_at_once() -> None:
    simple = [
        raw for raw in SAMPLES if not TYPES.shapes[type(msgspec.json.decode(raw, type=TYPES.union))].asks_pydantic
    ]
    flat = [raw for raw in simple if TYPES.shapes[type(msgspec.json.decode(raw, type=TYPES.union))].is_flat]
    ascii_only = [raw for raw in flat if raw.isascii()]
    random.Random(7).shuffle(ascii_only)

    columns = BATCHES.read(b"[" + b",".join(ascii_only) + b"]", ascii_only, CAMPUSES, ALL_TYPES)

    assert len(ascii_only) > 40
    assert columns is not None
    assert columns.raws == ascii_only
