"""Whether a changed JSON Schema still understands, and is still understood by, the one before it.

The words are those of schema registries:

* ``BACKWARD`` — who reads with the new schema accepts everything that was written with the old one;
* ``FORWARD`` — who still reads with the old schema accepts everything that is written with the new one;
* ``FULL`` — both.

Both questions are one: does a *reader* accept every document that a *writer* may produce? :mod:`schemas.containment`
answers it; here it is asked in one direction or the other.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.containment import Objection, objections


class Level(StrEnum):
    """How much compatibility is asked for."""

    BACKWARD = "BACKWARD"
    FORWARD = "FORWARD"
    FULL = "FULL"


@dataclass(frozen=True)
class Incompatibility:
    """One reason why two schemas do not fit, in the direction in which they do not."""

    direction: Level
    """``BACKWARD`` or ``FORWARD``."""
    objection: Objection

    def __str__(self) -> str:
        return f"{self.direction}  {self.objection}"


def incompatibilities(old: dict[str, Any], new: dict[str, Any], level: Level) -> list[Incompatibility]:
    """Everything in which ``new`` breaks ``level`` against ``old``; empty means compatible."""
    found: list[Incompatibility] = []
    if level is not Level.FORWARD:
        found += [Incompatibility(Level.BACKWARD, item) for item in objections(reader=new, writer=old)]
    if level is not Level.BACKWARD:
        found += [Incompatibility(Level.FORWARD, item) for item in objections(reader=old, writer=new)]
    return found


def is_compatible(old: dict[str, Any], new: dict[str, Any], level: Level) -> bool:
    """Whether ``new`` keeps ``level`` against ``old``."""
    return not incompatibilities(old, new, level)
