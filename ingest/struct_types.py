"""msgspec types derived from pydantic models: the models stay the contract, the derived types make it fast.

Only what both libraries judge alike is translated. Whatever cannot be translated exactly is left out of the derived
type and marked: :attr:`DerivedStruct.asks_pydantic` says that an instance that the derived type accepts has still to be
shown to pydantic. What the derived type refuses is always shown to pydantic, so its verdict is the one that counts.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import annotated_types
import msgspec
from pydantic import BaseModel, StringConstraints
from pydantic import types as pydantic_types
from pydantic.fields import FieldInfo

PLAIN_TYPES: Final = frozenset({bool, int, float, str, NoneType})
_PORTABLE_PATTERN: Final = re.compile(r"\^(?:[^\\$^]|\\x[0-9a-f]{2}|\\[.\-\[\]()+*?/])*\$")
"""Anchored at both ends and free of classes that the two regular-expression engines read differently."""


class NotDerivableError(TypeError):
    """A part of a model that has no exact msgspec counterpart."""


@dataclass(frozen=True)
class DerivedStruct:
    """A msgspec Struct with the same members as a pydantic model."""

    struct: type[msgspec.Struct]
    required: int
    """How many members must be present."""
    optional: tuple[str, ...]
    """The others; absent ones are ``msgspec.UNSET``."""
    is_flat: bool
    """Whether no value is, or holds, an object."""
    asks_pydantic: bool
    """Whether the model has validators of its own."""


class Deriver:
    """Derives one model and, by recursion, the models inside it."""

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        """``given``: forms for members of the outermost model that the caller judges by itself."""
        self._given = given or {}
        self._is_flat = True
        self._asks_pydantic = False

    def derive(self, model: type[BaseModel], tag: str | None = None) -> DerivedStruct:
        """The Struct of a model. With ``tag`` the member ``type`` is the tag of a union and must have that value.

        Raises:
            NotDerivableError: a member has no exact counterpart.
        """
        if _has_validators(model):
            self._asks_pydantic = True
        members = {name: field for name, field in model.model_fields.items() if tag is None or name != "type"}
        optional = tuple(name for name, field in members.items() if not field.is_required())
        fields = [self._field(name, field) for name, field in members.items()]
        struct = msgspec.defstruct(
            model.__name__,
            fields,
            forbid_unknown_fields=True,
            kw_only=True,
            gc=False,
            tag=tag,
            tag_field="type" if tag else None,
        )
        return DerivedStruct(struct, len(members) - len(optional), optional, self._is_flat, self._asks_pydantic)

    def _field(self, name: str, field: FieldInfo) -> Any:  # noqa: ANN401 — a type form
        if field.alias is not None or field.validation_alias is not None:
            raise NotDerivableError(f"{name} has an alias")
        translated = self._given.get(name) or self.translate(field.annotation, field.metadata)
        if field.is_required():
            return (name, translated)
        return (name, Union[translated, msgspec.UnsetType], msgspec.UNSET)  # noqa: UP007 — run-time values

    def translate(self, form: Any, metadata: Iterable[Any] = ()) -> Any:  # noqa: ANN401 — a type form in, one out
        """The msgspec form of a type form with the given metadata.

        Raises:
            NotDerivableError: there is none.
        """
        found = [*metadata]
        while hasattr(form, "__supertype__") or get_origin(form) is Annotated:
            if hasattr(form, "__supertype__"):
                form = form.__supertype__
            else:
                form, *more = get_args(form)
                found += more
        limits: dict[str, Any] = {}
        for item in found:
            limits = self._limits(item) | limits
        if form is int:
            limits = _bounded(limits)
        bare = self._translate_bare(form)
        return Annotated[bare, msgspec.Meta(**limits)] if limits else bare

    def _translate_bare(self, form: Any) -> Any:  # noqa: ANN401 — a type form in, one out
        origin = get_origin(form)
        if origin is Literal or form in PLAIN_TYPES:
            return form
        if origin in (Union, UnionType):
            return Union[tuple(self.translate(part) for part in get_args(form))]  # noqa: UP007 — run-time values
        if isinstance(form, type) and issubclass(form, Enum):
            return form
        return self._translate_container(form, origin)

    def _translate_container(self, form: Any, origin: Any) -> Any:  # noqa: ANN401 — type forms
        if isinstance(form, type) and issubclass(form, BaseModel):
            return self._nested(form)
        if origin in (list, tuple):
            parts = tuple(part if part is Ellipsis else self.translate(part) for part in get_args(form))
            return origin[parts]
        if origin is dict and get_args(form)[0] is str:
            self._is_flat = False
            return dict[str, self.translate(get_args(form)[1])]  # type: ignore[misc]  # a run-time value
        raise NotDerivableError(f"{form!r}")

    def _nested(self, model: type[BaseModel]) -> type[msgspec.Struct]:
        inner = Deriver().derive(model)
        self._is_flat = False
        self._asks_pydantic = self._asks_pydantic or inner.asks_pydantic
        return inner.struct

    def _limits(self, item: Any) -> dict[str, Any]:  # noqa: ANN401, PLR0911 — whatever stands in an Annotated, one line each
        match item:
            case FieldInfo():
                return {name: value for part in item.metadata for name, value in self._limits(part).items()}
            case annotated_types.Ge(ge):
                return {"ge": ge}
            case annotated_types.Gt(gt):
                return {"gt": gt}
            case annotated_types.Le(le):
                return {"le": le}
            case annotated_types.Lt(lt):
                return {"lt": lt}
            case annotated_types.MinLen(shortest):
                return {"min_length": shortest}
            case annotated_types.MaxLen(longest):
                return {"max_length": longest}
            case StringConstraints():
                return {name: value for part in item for name, value in self._limits(part).items()}
            case pydantic_types.Strict():
                return {}
        return self._general(item)

    def _general(self, item: Any) -> dict[str, Any]:  # noqa: ANN401 — see _limits
        declared = {name: value for name, value in getattr(item, "__dict__", {}).items() if value is not None}
        if declared.keys() == {"pattern"}:
            return {"pattern": portable_pattern(declared["pattern"])}
        self._asks_pydantic = True
        return {}


def _bounded(limits: dict[str, Any]) -> dict[str, Any]:
    """An integer's limits, within 64 bits: what no reader of the log could hold is left to pydantic to refuse.

    Raises:
        NotDerivableError: the contract does not bound the integer, so pydantic would take what readers cannot.
    """
    if not ({"ge", "gt"} & limits.keys() and {"le", "lt"} & limits.keys()):
        raise NotDerivableError("an integer without bounds")
    return limits


def portable_pattern(pattern: str) -> str:
    r"""The pattern for Python's ``re``, whose ``$`` would also match before a last line feed.

    Raises:
        NotDerivableError: the two engines might read it differently.
    """
    if not _PORTABLE_PATTERN.fullmatch(pattern):
        raise NotDerivableError(f"pattern {pattern}")
    return pattern[:-1] + r"\Z"


def _has_validators(model: type[BaseModel]) -> bool:
    decorators = model.__pydantic_decorators__
    return bool(
        decorators.validators
        or decorators.field_validators
        or decorators.root_validators
        or decorators.model_validators
    )
