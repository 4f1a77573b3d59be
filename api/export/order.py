"""What is to be exported, and what came of it."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from api.history.question import Question

ExportFormat = Literal["ndjson", "csv", "xlsx", "parquet", "gpx", "kml"]
ROWS_MOST: Final = 2_000_000


@dataclass(frozen=True)
class ExportOrder:
    """What is to be exported, for whom, and when it was asked for."""

    question: Question
    formats: tuple[ExportFormat, ...]
    asked: dict[str, Any]
    """The parameters as they were given."""
    asked_by: str
    """The person or token, opaque."""
    at_ms: int
    limit: int = ROWS_MOST
    """Most rows of a file."""


@dataclass(frozen=True)
class Made:
    """A file that is done."""

    name: str
    format: str
    rows: int
    size: int
    sha256: str
