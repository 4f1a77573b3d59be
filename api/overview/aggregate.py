"""Where only counts may be told: a system's counts, the small ones withheld."""

from pydantic import BaseModel, ConfigDict

from api.authority.suppression import told_counts
from api.live.change import CountsHead


class AggregateLine(BaseModel):
    """The counts of one system of a campus, or of a whole consortium. Null: fewer than five."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: str
    counts: dict[str, int | None]
    watermark_ms: int | None
    """Before it, nothing more is expected; null where nothing was heard yet."""


def aggregate_of(system: str, head: CountsHead | None) -> AggregateLine:
    """The line of a system from the counts of its newest document, or from none."""
    if head is None:
        return AggregateLine(system=system, counts={}, watermark_ms=None)
    return AggregateLine(system=system, counts=told_counts(head.counts), watermark_ms=head.watermark_ms)
