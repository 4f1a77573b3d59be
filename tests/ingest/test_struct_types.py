from enum import StrEnum
from typing import Annotated, Literal, Self

import msgspec
import pytest
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ingest.struct_types import Deriver, NotDerivableError, portable_pattern
from schemas.events import EventData
from schemas.systems import catalogue


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_declared_type_can_be_derived(name: str) -> None:
    derived = Deriver().derive(catalogue()[name].data)  # type: ignore[index]

    assert derived.required + len(derived.optional) == len(msgspec.structs.fields(derived.struct))


def test_an_integer_without_bounds_is_not_derivable() -> None:
    class Unbounded(EventData):
        count: Annotated[int, Field(ge=0)]

    with pytest.raises(NotDerivableError, match="bounds"):
        Deriver().derive(Unbounded)


def test_an_alias_is_not_derivable() -> None:
    class Renamed(EventData):
        count: Annotated[float, Field(alias="n")]

    with pytest.raises(NotDerivableError, match="alias"):
        Deriver().derive(Renamed)


def test_a_set_is_not_derivable() -> None:
    class WithSet(EventData):
        names: frozenset[str]

    with pytest.raises(NotDerivableError):
        Deriver().derive(WithSet)


def test_a_model_with_validators_asks_pydantic_also_from_inside_another() -> None:
    class Inner(EventData):
        low: float
        high: float

        @model_validator(mode="after")
        def _ordered(self) -> Self:
            if self.low > self.high:
                raise ValueError("low must not be above high")
            return self

    class Outer(EventData):
        ranges: list[Inner]

    class Simple(EventData):
        low: float

    assert Deriver().derive(Inner).asks_pydantic
    assert Deriver().derive(Outer).asks_pydantic
    assert not Deriver().derive(Outer).is_flat
    assert not Deriver().derive(Simple).asks_pydantic


def test_a_stripping_text_asks_pydantic() -> None:
    class Stripped(BaseModel):
        model_config = ConfigDict(strict=True, extra="forbid")
        name: Annotated[str, StringConstraints(strip_whitespace=True)]

    assert Deriver().derive(Stripped).asks_pydantic


def test_maps_lists_and_closed_sets_of_words_are_derived_and_judged() -> None:
    class Colour(StrEnum):
        RED = "red"

    class Rich(EventData):
        levels: dict[str, Annotated[float, Field(gt=0)]]
        colours: Annotated[tuple[Colour, ...], Field(max_length=2)]
        pair: tuple[bool, Literal["a", "b"]]

    derived = Deriver().derive(Rich)

    assert not derived.is_flat
    msgspec.convert({"levels": {"x": 1}, "colours": ["red"], "pair": [True, "b"]}, derived.struct)
    for wrong in ({"levels": {"x": 0}}, {"colours": ["red"] * 3}, {"colours": ["blue"]}, {"pair": [True, "c"]}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"levels": {}, "colours": [], "pair": [False, "a"]} | wrong, derived.struct)


@pytest.mark.parametrize("pattern", [r"^\w+$", r"^a", r"a$", r"^(a|b$)$", r"^\d$"])
def test_a_pattern_that_engines_may_read_differently_is_not_portable(pattern: str) -> None:
    with pytest.raises(NotDerivableError):
        portable_pattern(pattern)


def test_a_portable_pattern_does_not_match_before_a_last_line_feed() -> None:
    assert portable_pattern(r"^[a-z]{1,3}$") == r"^[a-z]{1,3}\Z"
