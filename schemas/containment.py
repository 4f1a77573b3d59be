"""Does one JSON Schema accept every document that another one allows? Judged by structure, on the safe side.

The answer is a list of objections; an empty one is a proof as far as these rules go. What the rules cannot judge (a
pattern that changed, a keyword that they do not know) is an objection too: a person decides, not a guess.

Understood are the keywords that pydantic writes: ``type``, ``const``, ``enum``, bounds of numbers, lengths, items and
properties, ``required``, ``additionalProperties``, ``pattern``, ``format``, ``anyOf``, ``oneOf``, ``$ref``. Annotations
(titles, defaults, ``x-…``) mean nothing to a reader and are passed over.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

Schema = dict[str, Any]

_ANNOTATIONS: Final = frozenset(
    {
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "$schema",
        "$id",
        "$defs",
        "discriminator",
        "$comment",
    }
)
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_SAME: Final = ("pattern", "format", "multipleOf", "uniqueItems", "propertyNames", "prefixItems")
_STRUCTURE: Final = frozenset(
    {"type", "const", "enum", "anyOf", "oneOf", "$ref", "properties", "required", "additionalProperties", "items"}
)
_KNOWN: Final = _ANNOTATIONS | _STRUCTURE | set(_UPPER) | set(_LOWER) | set(_SAME)


@dataclass(frozen=True)
class Objection:
    """One thing that a writer may produce and a reader refuses."""

    path: str
    """Where, as ``data.speed_kmh``."""
    what: str
    """``required field added``, ``field removed``, ``maximum narrowed`` …"""

    def __str__(self) -> str:
        return f"{self.path or '(root)'}: {self.what}"


def objections(*, reader: Schema, writer: Schema) -> list[Objection]:
    """Why ``reader`` may refuse what ``writer`` allows; empty: it accepts everything."""
    return list(_Containment(reader, writer).check(reader, writer, ""))


class _Containment:
    """One comparison: the two roots are kept for ``$ref``; a pair of references under comparison is taken as fine."""

    def __init__(self, reader_root: Schema, writer_root: Schema) -> None:
        self._reader_root = reader_root
        self._writer_root = writer_root
        self._open: set[tuple[str, str]] = set()

    def check(self, reader: Schema, writer: Schema, path: str) -> Iterator[Objection]:
        pair = (str(reader.get("$ref", "")), str(writer.get("$ref", "")))
        if all(pair) and pair in self._open:
            return
        self._open.add(pair)
        yield from self._compare(_resolve(reader, self._reader_root), _resolve(writer, self._writer_root), path)
        self._open.discard(pair)

    def _compare(self, reader: Schema, writer: Schema, path: str) -> Iterator[Objection]:
        choices = _choices(writer)
        if choices:
            for choice in choices:
                yield from self.check(reader, choice, path)
            return
        if _choices(reader):
            yield from self._any_of(_choices(reader), writer, path)
            return
        for rule in (_unknown, _types, _values, _bounds, _sameness):
            yield from (Objection(path, what) for what in rule(reader, writer))
        yield from self._members(reader, writer, path)
        yield from self._items(reader, writer, path)

    def _any_of(self, choices: list[Schema], writer: Schema, path: str) -> Iterator[Objection]:
        """One choice of the reader must do; otherwise the nearest one says why not."""
        answers = [list(self.check(choice, writer, path)) for choice in choices]
        yield from min(answers, key=len)

    def _members(self, reader: Schema, writer: Schema, path: str) -> Iterator[Objection]:
        if "properties" not in reader and "properties" not in writer:
            yield from self._extra(reader.get("additionalProperties"), writer.get("additionalProperties"), path)
            return
        theirs, ours = writer.get("properties", {}), reader.get("properties", {})
        for name in sorted(set(reader.get("required", ())) - set(writer.get("required", ()))):
            yield Objection(_join(path, name), "required field added")
        for name, schema in theirs.items():
            if name in ours:
                yield from self.check(ours[name], schema, _join(path, name))
            elif reader.get("additionalProperties") is False:
                yield Objection(_join(path, name), "field removed")
        if writer.get("additionalProperties") is not False:
            yield from self._after_free_fields(reader, theirs, path)

    def _after_free_fields(self, reader: Schema, theirs: Schema, path: str) -> Iterator[Objection]:
        """The writer may put anything under a name that it does not declare."""
        if reader.get("additionalProperties") is False:
            yield Objection(path, "unknown fields no longer accepted")
        for name in sorted(set(reader.get("properties", ())) - set(theirs)):
            yield Objection(_join(path, name), "a free field is now constrained")

    def _extra(self, reader: Any, writer: Any, path: str) -> Iterator[Objection]:  # noqa: ANN401 — a schema or a boolean
        if isinstance(reader, dict) and isinstance(writer, dict):
            yield from self.check(reader, writer, _join(path, "*"))
        elif reader not in (writer, None, True):
            yield Objection(path, "values of the map narrowed")

    def _items(self, reader: Schema, writer: Schema, path: str) -> Iterator[Objection]:
        if "items" not in reader:
            return
        if "items" not in writer:
            yield Objection(path, "items narrowed")
            return
        yield from self.check(reader["items"], writer["items"], f"{path}[]")


def _resolve(schema: Schema, root: Schema) -> Schema:
    """The schema that a local reference names, with what stands beside the reference added."""
    while "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        name = str(schema["$ref"]).removeprefix("#/$defs/")
        schema = {**root["$defs"][name], **beside}
    return schema


def _choices(schema: Schema) -> list[Schema]:
    choices: list[Schema] = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if not choices and isinstance(schema.get("type"), list):
        return [{**schema, "type": name} for name in schema["type"]]
    return choices


def _unknown(reader: Schema, writer: Schema) -> Iterator[str]:
    for key in sorted(reader.keys() | writer.keys()):
        if key not in _KNOWN and not key.startswith("x-") and reader.get(key) != writer.get(key):
            yield f"{key} changed, which this check cannot judge"


def _types(reader: Schema, writer: Schema) -> Iterator[str]:
    ours, theirs = reader.get("type"), writer.get("type")
    if ours is None or ours == theirs or (ours == "number" and theirs == "integer"):
        return
    yield f"type changed from {theirs} to {ours}" if theirs else f"type narrowed to {ours}"


def _values(reader: Schema, writer: Schema) -> Iterator[str]:
    ours, theirs = _listed(reader), _listed(writer)
    if ours is None:
        return
    if theirs is None:
        yield "narrowed to a list of values"
        return
    gone = [value for value in theirs if value not in ours]
    if gone:
        yield f"values removed: {', '.join(map(str, gone))}"


def _listed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _bounds(reader: Schema, writer: Schema) -> Iterator[str]:
    for key in (*_UPPER, *_LOWER):
        ours, theirs = reader.get(key), writer.get(key)
        narrower: Callable[[Any, Any], bool] = (lambda a, b: a < b) if key in _UPPER else (lambda a, b: a > b)
        if ours is not None and (theirs is None or narrower(ours, theirs)):
            yield f"{key} narrowed from {'none' if theirs is None else theirs} to {ours}"


def _sameness(reader: Schema, writer: Schema) -> Iterator[str]:
    for key in _SAME:
        if key in reader and reader[key] != writer.get(key):
            yield f"{key} changed from {writer.get(key, 'none')} to {reader[key]}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
