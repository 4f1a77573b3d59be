"""Counts of events by minute, hour or day, and campus, system and type. Blocking; for the threads of the store pool."""

from dataclasses import dataclass
from typing import Final, Literal

from clickhouse_driver import Client

from api.authority.scope import Scope
from api.authority.suppression import told
from api.history.errors import TooManyRowsError
from api.history.predicate import COLUMNS, where_told
from api.history.question import Question
from api.history.reading import bounded, conditions, known_log
from schemas.clock import CHINA_OFFSET_MS, DAY_MS, HOUR_MS, MINUTE_MS

Step = Literal["minute", "hour", "day"]
STEPS_MS: Final[dict[Step, int]] = {"minute": MINUTE_MS, "hour": HOUR_MS, "day": DAY_MS}
ROWS_MOST: Final = 20_000
AGGREGATE_S: Final = 20.0


@dataclass(frozen=True)
class Count:
    """So many events of a type began in the step; None where fewer than five may not be told."""

    from_ms: int
    campus_id: str
    system: str
    type: str
    events: int | None
    subjects: int | None


def aggregates(client: Client, question: Question, whole: Scope, step: Step) -> list[Count]:
    """Counts in the order of time. Days are China's.

    What lies outside of ``whole``, or may speak of a child, is told only from five events on.

    Raises:
        TooManyRowsError: a coarser step or a shorter time is needed.
    """
    condition, parameters = conditions(question, known_log(client), question.interval)
    told_one_by_one = where_told(whole, Scope(()), question.clock, name="whole")
    length_ms, column = STEPS_MS[step], f"toUnixTimestamp64Milli({COLUMNS[question.clock]})"
    sql = (
        f"SELECT intDiv({column} + {CHINA_OFFSET_MS}, {length_ms}) * {length_ms} - {CHINA_OFFSET_MS} AS from_ms, "  # noqa: S608 — made of constants; every value is a parameter
        f"campus_id, system, type, count(), uniqExact(subject), min({told_one_by_one.sql}) "
        f"FROM events FINAL WHERE {condition} GROUP BY from_ms, campus_id, system, type "
        f"ORDER BY from_ms, campus_id, system, type LIMIT {ROWS_MOST + 1}"
    )
    found = bounded(client, sql, parameters | dict(told_one_by_one.parameters), AGGREGATE_S)
    if len(found) > ROWS_MOST:
        raise TooManyRowsError(ROWS_MOST)
    return [_count(*row) for row in found]


def _count(  # noqa: PLR0913, PLR0917 — the columns of the query above
    from_ms: int, campus_id: str, system: str, type_name: str, events: int, subjects: int, is_whole: int
) -> Count:
    if is_whole:
        return Count(from_ms, campus_id, system, type_name, events, subjects)
    count = told(events)
    return Count(from_ms, campus_id, system, type_name, count, None if count is None else told(subjects))
