"""A measured figure beside its target, for people and as JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """One measured number. ``at_least`` and ``at_most`` say which side of the target is good."""

    name: str
    value: float
    unit: str
    target: float | None = None
    good: Literal["at_least", "at_most"] = "at_most"

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None: there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.good == "at_least" else self.value <= self.target

    def line(self) -> str:
        """One line for people."""
        if self.target is None:
            return f"  {self.name:<46} {self.value:>12,.1f} {self.unit}"
        sign = "≥" if self.good == "at_least" else "≤"
        verdict = "met" if self.is_met else "MISSED"
        return f"  {self.name:<46} {self.value:>12,.1f} {self.unit:<10} target {sign} {self.target:,g}  {verdict}"


@dataclass
class Report:
    """What one benchmark found."""

    name: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, figure: Figure) -> None:
        """Take a figure."""
        self.figures.append(figure)

    def lines(self) -> Iterator[str]:
        """For people."""
        yield self.name
        yield from (figure.line() for figure in self.figures)
        yield from (f"  {note}" for note in self.notes)

    def json_line(self) -> str:
        """For programs: one object on one line."""
        figures = [asdict(figure) | {"met": figure.is_met} for figure in self.figures]
        return json.dumps({"bench": self.name, "figures": figures, "notes": self.notes}, ensure_ascii=False)


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` (0–1) of the values lie; NaN for none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
