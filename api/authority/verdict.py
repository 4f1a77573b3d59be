"""The answer of authority."""

from dataclasses import dataclass
from typing import Literal

from schemas.ids import GrantId

Form = Literal["full", "aggregate"]


@dataclass(frozen=True)
class Verdict:
    """Whether it is allowed, the rule that decided, and in which form what is allowed may be told."""

    allowed: bool
    rule: str
    form: Form = "full"
    grant_id: GrantId | None = None
    """The grant that allowed what the matrix alone does not."""
