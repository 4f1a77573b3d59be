"""Transitions of alerts out of the archive. Blocking; for the threads of the store pool."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from clickhouse_driver import Client

from api.history.errors import TooManyRowsError
from api.history.predicate import instant, where
from api.history.question import Question
from api.history.reading import bounded

TRANSITIONS_MOST: Final = 10_000
ALERTS_S: Final = 10.0


def _ms(column: str) -> str:
    return f"toUnixTimestamp64Milli({column})"


_COLUMNS: Final = (
    *(_ms("at"), "campus_id", "system", "alert_id", "state", "rule", "rule_version", "severity", "subject"),
    *(_ms("since_at"), _ms("raised_at"), _ms("recorded_at"), "causes", "partition", "offset", "detail"),
)


@dataclass(frozen=True)
class Transition:
    """An alert was raised (``open``), ended (``cleared``) or taken back (``withdrawn``). Instants in epoch ms."""

    at_ms: int
    campus_id: str
    system: str
    alert_id: str
    state: str
    rule: str
    rule_version: int
    severity: int
    subject: str
    since_ms: int
    raised_ms: int
    recorded_ms: int
    causes: list[str]
    """Ids of events."""
    partition: int
    offset: int
    """The record of ``campus.events`` that decided."""
    detail: dict[str, Any]


def transitions(client: Client, question: Question) -> list[Transition]:
    """The transitions of a question in the order of time.

    Raises:
        TooManyRowsError: a shorter time is needed.
    """
    predicate = where(question.scope, "occurred", column="at")
    parts = [predicate.sql, f"at >= {instant('window_from')}", f"at < {instant('window_to')}"]
    parameters: dict[str, Any] = {
        **predicate.parameters,
        "window_from": question.interval.from_ms,
        "window_to": question.interval.to_ms,
    }
    if question.subjects:
        parts.append("subject IN %(subjects)s")
        parameters["subjects"] = question.subjects
    sql = (
        f"SELECT {', '.join(_COLUMNS)} FROM alerts FINAL WHERE {' AND '.join(parts)} "  # noqa: S608 — made of constants; every value is a parameter
        f"ORDER BY at, campus_id, alert_id, offset LIMIT {TRANSITIONS_MOST + 1}"
    )
    found = bounded(client, sql, parameters, ALERTS_S)
    if len(found) > TRANSITIONS_MOST:
        raise TooManyRowsError(TRANSITIONS_MOST)
    return [Transition(*(*row[:-1], msgspec.json.decode(row[-1]))) for row in found]
