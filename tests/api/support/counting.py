"""A meter that a test can read."""

from collections import Counter
from dataclasses import dataclass, field

from schemas.metrics import Metric


@dataclass
class CountingMeter:
    """``counts``: by metric and labels."""

    counts: Counter[tuple[str, tuple[str, ...]]] = field(default_factory=Counter)

    def count(self, metric: Metric, amount: float = 1, *labels: str) -> None:
        self.counts[metric.name, labels] += int(amount)

    def gauge(self, metric: Metric, value: float, *labels: str) -> None:
        """Nothing asks for it."""

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Nothing asks for it."""
