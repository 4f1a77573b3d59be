"""Reads events of a question in the order of history, slice of time by slice of time: constant memory, any interval.

Blocking; for the threads of the store pool. A slice holds about as many events as a reader takes at once: the next one
is longer where there is little and shorter where there is much, so no sort is ever large.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from clickhouse_driver import Client
from clickhouse_driver.errors import ErrorCodes, ServerException

from api.history.errors import QuestionTooHeavyError
from api.history.order import Place
from api.history.predicate import COLUMNS, instant, where_told
from api.history.question import Question
from schemas.clock import DAY_MS, MINUTE_MS
from streams.archive.store_client import rows

Row = tuple[Any, ...]
_SETTLED: Final = (
    "(SELECT partition, last_offset + 1 FROM archive_ranges WHERE partition = {partition:d} AND state != 'open' "
    "ORDER BY partition DESC, first_offset DESC LIMIT 1)"
)
FIRST_SLICE_MS: Final = DAY_MS
"""Of one campus; of many, their share of it."""
SHORTEST_FIRST_MS: Final = 10 * MINUTE_MS
LONGEST_SLICE_MS: Final = 64 * DAY_MS
SLICE_ROWS: Final = 20_000
"""What a slice should hold at least before the next one stops growing."""
SLICE_ROWS_MOST: Final = 100_000
_AT_ONCE: Final = 2_000


@dataclass(frozen=True)
class Extract:
    """What is read of which events, from where, and how far.

    ``columns`` are SQL expressions; every row begins with the four parts of its place.
    """

    question: Question
    known: tuple[int, ...]
    columns: tuple[str, ...]
    limit: int
    limit_s: float
    after: Place | None = None


def known_log(client: Client) -> tuple[int, ...]:
    """How far the log is archived: by partition, the first offset that is not.

    The last range of each partition says it; the ranges of a term are millions, so they are read from their end.
    """
    newest = rows(client, "SELECT partition FROM archive_ranges ORDER BY partition DESC, first_offset DESC LIMIT 1")
    if not newest:
        return ()
    count = int(newest[0][0]) + 1
    ends = dict(rows(client, " UNION ALL ".join(_SETTLED.format(partition=number) for number in range(count))))
    return tuple(ends.get(number, 0) for number in range(count))


def read(client: Client, extract: Extract) -> Iterator[list[Row]]:
    """Rows in the order of history, some thousands at once.

    Raises:
        QuestionTooHeavyError: the time limit is over.
    """
    deadline = time.monotonic() + extract.limit_s
    interval, left = extract.question.interval, extract.limit
    start_ms = max(interval.from_ms, extract.after.at_ms) if extract.after else interval.from_ms
    length_ms = max(FIRST_SLICE_MS // max(1, len(extract.question.campuses)), SHORTEST_FIRST_MS)
    while start_ms < interval.to_ms and left > 0:
        end_ms, found = min(start_ms + length_ms, interval.to_ms), 0
        for chunk in _slice(client, extract, (start_ms, end_ms), left, deadline):
            found += len(chunk)
            yield chunk
        left -= found
        start_ms = end_ms
        length_ms = _next_length(length_ms, found)


def _next_length(length_ms: int, found: int) -> int:
    if found < SLICE_ROWS:
        return min(length_ms * (8 if found * 8 < SLICE_ROWS else 2), LONGEST_SLICE_MS)
    return max(length_ms // 4, 1_000) if found > SLICE_ROWS_MOST else length_ms


def _slice(
    client: Client, extract: Extract, window: tuple[int, int], limit: int, deadline: float
) -> Iterator[list[Row]]:
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        raise QuestionTooHeavyError(extract.limit_s)
    sql, parameters = statement(extract, window, limit)
    with in_time(extract.limit_s):
        yield from client.execute_iter(
            sql, parameters, settings=settings(left_s) | {"max_block_size": _AT_ONCE}, chunk_size=_AT_ONCE
        )


@contextmanager
def in_time(limit_s: float) -> Iterator[None]:
    """A statement that the store gave up for want of time is said to be too heavy."""
    try:
        yield
    except ServerException as error:
        if error.code == ErrorCodes.TIMEOUT_EXCEEDED:
            raise QuestionTooHeavyError(limit_s) from error
        raise


def bounded(client: Client, sql: str, parameters: dict[str, Any], limit_s: float) -> list[Row]:
    """The rows of a statement that must end in time.

    Raises:
        QuestionTooHeavyError: it did not.
    """
    with in_time(limit_s):
        found: list[Row] = client.execute(sql, parameters, settings=settings(limit_s))
    return found


def settings(limit_s: float) -> dict[str, Any]:
    """How the store is to run a question: within the time; months never share an event, so they are merged apart.

    Of what is asked, the part about campus, system and occurrence is looked at before copies are merged away: copies
    agree in it, and the store moves no other part there.
    """
    return {
        "max_execution_time": max(1, round(limit_s)),
        "do_not_merge_across_partitions_select_final": 1,
        "optimize_move_to_prewhere_if_final": 1,
        "max_threads": 2,
    }


def statement(extract: Extract, window: tuple[int, int], limit: int) -> tuple[str, dict[str, Any]]:
    """The SQL of one slice of time and its parameters."""
    condition, parameters = conditions(extract.question, extract.known, window)
    column = COLUMNS[extract.question.clock]
    order = f"{column}, partition, offset, frame_index"
    if extract.after is not None:
        condition += f" AND ({order}) > ({instant('after_ms')}, %(after_partition)s, %(after_offset)s, %(after_index)s)"
        names = ("after_ms", "after_partition", "after_offset", "after_index")
        parameters |= dict(zip(names, extract.after, strict=True))
    keys = f"toUnixTimestamp64Milli({column}), partition, offset, frame_index"
    chosen = ", ".join((keys, *extract.columns))
    sql = f"SELECT {chosen} FROM events FINAL WHERE {condition} ORDER BY {order} LIMIT {limit:d}"  # noqa: S608 — made of constants; every value is a parameter
    return sql, parameters


def conditions(question: Question, known: tuple[int, ...], window: tuple[int, int]) -> tuple[str, dict[str, Any]]:
    """What holds for the events of a question within a window: its scope before all else."""
    predicate = where_told(question.scope, question.pupil_scope, question.clock)
    column = COLUMNS[question.clock]
    parts = [
        predicate.sql,
        f"{column} >= {instant('window_from')}",
        f"{column} < {instant('window_to')}",
        "offset < arrayElement(%(known)s, partition + 1)",
    ]
    parameters: dict[str, Any] = {
        **predicate.parameters,
        "window_from": window[0],
        "window_to": window[1],
        "known": [*known, 0],
    }
    if question.types:
        parts.append("type IN %(types)s")
        parameters["types"] = question.types
    if question.subjects:
        parts.append("subject IN %(subjects)s")
        parameters["subjects"] = question.subjects
    return " AND ".join(parts), parameters
