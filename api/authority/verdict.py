"""The answer of authority."""

from dataclasses import dataclass
from typing import Literal

Form = Literal["full", "aggregate"]


@dataclass(frozen=True)
class Verdict:
    """Whether it is allowed, the rule that decided, and in which form what is allowed may be told."""

    allowed: bool
    rule: str
    form: Form = "full"
