"""What an examination finds."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad a finding is; its value is the exit code of the command, so the worst one wins."""

    FINE = 0
    WARNING = 1
    CONFIGURATION = 3
    UNREACHABLE = 4
    DATA = 5


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    check: str
    """What was looked at, a stable key: ``disk``, ``kafka.advertised`` …"""
    level: Level
    detail: str
    """What was found, and what was expected."""
    remedy: str = ""
    fix: Callable[[], None] | None = None
    """Mends it; None where a person has to."""

    def as_json(self) -> dict[str, object]:
        """The finding as stable keys."""
        return {
            "check": self.check,
            "level": self.level.name.lower(),
            "detail": self.detail,
            "remedy": self.remedy,
            "fixable": self.fix is not None,
        }


def fine(check: str, detail: str) -> Finding:
    """Nothing to do."""
    return Finding(check, Level.FINE, detail)


@dataclass(frozen=True)
class Scale:
    """Of a quantity there can be enough, little (a warning), or less than the least that works."""

    enough: float
    least: float

    def grade(self, check: str, value: float, text: str, remedy: str) -> Finding:
        """The finding for a value."""
        if value >= self.enough:
            return fine(check, text)
        return Finding(check, Level.WARNING if value >= self.least else Level.CONFIGURATION, text, remedy)
