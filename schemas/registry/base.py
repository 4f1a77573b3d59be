"""What every fact of the registry is, and how long a dated one holds. Pure."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Instant = Annotated[int, Field(ge=0)]
"""Epoch milliseconds, UTC."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Sha256Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ScopeText = Annotated[
    str, StringConstraints(pattern=r"^(consortium|campus|area):[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$")
]


class Fact(BaseModel):
    """Base of every registry fact: frozen and closed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Dated(Fact):
    """A fact that holds from ``valid_from_ms`` until ``valid_to_ms``."""

    valid_from_ms: Instant
    valid_to_ms: Instant | None = None
    """Exclusive; None: open."""

    def holds_at(self, instant_ms: int) -> bool:
        """Whether the fact is in force at an instant."""
        return self.valid_from_ms <= instant_ms and (self.valid_to_ms is None or instant_ms < self.valid_to_ms)


class Lasting(Fact):
    """A fact that holds from ``valid_from_ms`` until ``valid_to_ms``, and whose end is known from the start."""

    valid_from_ms: Instant
    valid_to_ms: Instant
    """Exclusive."""

    def holds_at(self, instant_ms: int) -> bool:
        """Whether the fact is in force at an instant."""
        return self.valid_from_ms <= instant_ms < self.valid_to_ms
