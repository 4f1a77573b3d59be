"""The compatibility checker: what it must refuse, what it must let pass, and that it never lets too much pass."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.compatibility import Level, incompatibilities, is_compatible
from schemas.containment import objections

Schema = dict[str, Any]


def closed(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


NUMBER: Schema = {"type": "number", "minimum": 0, "maximum": 200}
ZONE: Schema = {"type": "string", "enum": ["fridge", "freezer"]}
OLD = closed(("speed",), speed=NUMBER, zone=ZONE)

BACKWARD_ONLY = {
    "an optional field is added": closed(("speed",), speed=NUMBER, zone=ZONE, note={"type": "string"}),
    "a required field becomes optional": closed((), speed=NUMBER, zone=ZONE),
    "a range widens": closed(("speed",), speed=NUMBER | {"maximum": 300}, zone=ZONE),
    "a list of values grows": closed(("speed",), speed=NUMBER, zone={"type": "string", "enum": [*ZONE["enum"], "hot"]}),
    "null becomes allowed": closed(("speed",), speed={"anyOf": [NUMBER, {"type": "null"}]}, zone=ZONE),
    "a pattern is dropped": closed(("speed",), speed=NUMBER, zone={"type": "string"}),
}
FORWARD_ONLY = {
    "an optional field is removed": closed(("speed",), speed=NUMBER),
    "an optional field becomes required": closed(("speed", "zone"), speed=NUMBER, zone=ZONE),
    "a range narrows": closed(("speed",), speed=NUMBER | {"maximum": 120}, zone=ZONE),
    "a bound appears": closed(("speed",), speed=NUMBER | {"exclusiveMinimum": 0}, zone=ZONE),
    "a value is taken from a list": closed(("speed",), speed=NUMBER, zone={"type": "string", "enum": ["fridge"]}),
    "a number must be whole": closed(("speed",), speed=NUMBER | {"type": "integer"}, zone=ZONE),
}
NEITHER = {
    "a required field is added": closed(("speed", "limit"), speed=NUMBER, zone=ZONE, limit=NUMBER),
    "a required field is removed": closed((), zone=ZONE),
    "a type changes": closed(("speed",), speed={"type": "string"}, zone=ZONE),
    "a field is renamed": closed(("speed_kmh",), speed_kmh=NUMBER, zone=ZONE),
    "a range moves": closed(("speed",), speed={"type": "number", "minimum": 5, "maximum": 300}, zone=ZONE),
    "an unknown keyword appears": closed(("speed",), speed=NUMBER | {"contentEncoding": "base64"}, zone=ZONE),
}


@pytest.mark.parametrize("new", BACKWARD_ONLY.values(), ids=BACKWARD_ONLY)
def test_new_readers_accept_what_old_writers_wrote(new: Schema) -> None:
    assert is_compatible(OLD, new, Level.BACKWARD)
    assert not is_compatible(OLD, new, Level.FORWARD)


@pytest.mark.parametrize("new", FORWARD_ONLY.values(), ids=FORWARD_ONLY)
def test_old_readers_accept_what_new_writers_write(new: Schema) -> None:
    assert is_compatible(OLD, new, Level.FORWARD)
    assert not is_compatible(OLD, new, Level.BACKWARD)


@pytest.mark.parametrize("new", NEITHER.values(), ids=NEITHER)
def test_some_changes_break_both_directions(new: Schema) -> None:
    directions = {problem.direction for problem in incompatibilities(OLD, new, Level.FULL)}
    assert directions == {Level.BACKWARD, Level.FORWARD}


def test_annotations_and_the_names_of_definitions_mean_nothing() -> None:
    one = {"$defs": {"A": OLD | {"description": "old"}}, **closed(("data",), data={"$ref": "#/$defs/A"})}
    other = {"$defs": {"B": OLD | {"title": "new"}}, **closed(("data",), data={"$ref": "#/$defs/B"})}
    assert is_compatible(one, other, Level.FULL)


def test_an_objection_names_the_place_and_the_change() -> None:
    old = closed(("data",), data=OLD)
    new = closed(("data",), data=FORWARD_ONLY["a range narrows"])
    assert [str(item) for item in incompatibilities(old, new, Level.BACKWARD)] == [
        "BACKWARD  data.speed: maximum narrowed from 200 to 120"
    ]


def test_items_of_a_list_are_compared() -> None:
    old: Schema = {"type": "array", "items": {"type": "integer", "maximum": 9}}
    new: Schema = {"type": "array", "items": {"type": "integer", "maximum": 5}, "maxItems": 3}
    assert {item.path for item in objections(reader=new, writer=old)} == {"", "[]"}
    assert not objections(reader=old, writer=new)


def test_a_map_is_compared_by_its_values() -> None:
    old: Schema = {"type": "object", "additionalProperties": {"type": "number"}}
    new: Schema = {"type": "object", "additionalProperties": {"type": "integer"}}
    assert objections(reader=new, writer=old)
    assert not objections(reader=old, writer=new)


def test_a_free_field_that_becomes_typed_is_refused() -> None:
    free: Schema = {"type": "object", "properties": {}}
    typed: Schema = {"type": "object", "properties": {"speed": NUMBER}}
    assert [str(item) for item in objections(reader=typed, writer=free)] == ["speed: a free field is now constrained"]


def test_a_schema_that_refers_to_itself_is_compared_once() -> None:
    tree: Schema = {"$defs": {"T": closed((), child={"$ref": "#/$defs/T"}, speed=NUMBER)}, "$ref": "#/$defs/T"}
    smaller: Schema = {"$defs": {"T": closed((), child={"$ref": "#/$defs/T"}, speed=NUMBER | {"maximum": 1})}}
    assert not objections(reader=tree, writer=tree)
    assert objections(reader=smaller | {"$ref": "#/$defs/T"}, writer=tree)


bounds = st.integers(-5, 5)
leaves = st.one_of(
    st.builds(lambda low, high: {"type": "integer", "minimum": low, "maximum": high}, bounds, bounds),
    st.builds(lambda high: {"type": "number", "maximum": high}, bounds),
    st.builds(lambda values: {"enum": values}, st.lists(st.sampled_from(["a", "b", 1, 2]), min_size=1, unique=True)),
    st.just({"type": "null"}),
    st.just({"type": "string"}),
)
nodes = st.one_of(leaves, st.builds(lambda choices: {"anyOf": choices}, st.lists(leaves, min_size=1, max_size=3)))
shapes = st.builds(
    lambda one, two, required: closed(tuple(required & ({"one"} | ({"two"} if two else set()))), one=one, **two),
    nodes,
    st.one_of(st.just({}), st.builds(lambda node: {"two": node}, nodes)),
    st.sets(st.sampled_from(["one", "two"])),
)
values = st.one_of(st.integers(-6, 6), st.sampled_from(["a", "b", "c", 1.5]), st.none())
documents = st.dictionaries(st.sampled_from(["one", "two", "three"]), values)


@given(shapes, shapes, documents)
def test_what_is_called_compatible_is_accepted_by_an_independent_validator(
    reader: Schema, writer: Schema, document: dict[str, Any]
) -> None:
    """The promise of the checker: no objection, so whatever the writer may produce, the reader accepts."""
    if not objections(reader=reader, writer=writer) and Draft202012Validator(writer).is_valid(document):
        assert Draft202012Validator(reader).is_valid(document)


@given(shapes)
def test_every_schema_is_compatible_with_itself(shape: Schema) -> None:
    assert is_compatible(shape, shape, Level.FULL)
