"""Events and alert transitions of a question as entries of a logbook, in the order of time.

An alert is told with its causes: the events that it names, where they lie within what was asked for and may be read.
Blocking; for the threads of the store pool.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import msgspec
from clickhouse_driver import Client

from api.authority.scope import Interval
from api.history.alerts import Transition, transitions
from api.history.order import HistoryCursor, Place, encode_cursor
from api.history.question import Question
from api.history.reading import Extract, Row, bounded, conditions, known_log, read
from schemas.sentences import ROUTINE, sentence
from schemas.systems import catalogue

LOGBOOK_S: Final = 15.0
_COLUMNS: Final = ("campus_id", "type", "subject", "event_id", "data")
_KEYS: Final = 4
_STATES: Final = {
    "open": ("告警", "Alert"),
    "cleared": ("告警解除", "Alert ended"),
    "withdrawn": ("告警撤回", "Alert taken back"),
}


@dataclass(frozen=True)
class Cause:
    """An event that made an alert so. It has no words where it lies outside of what was asked for or may be read."""

    event_id: str
    at_ms: int | None = None
    zh: str | None = None
    en: str | None = None


@dataclass(frozen=True)
class LogbookEntry:
    """One line of the logbook. ``id`` is the event's or the alert's."""

    at_ms: int
    kind: Literal["event", "alert"]
    campus_id: str
    type: str
    """The event's type, or the alert's rule."""
    id: str
    zh: str
    en: str
    partition: int
    offset: int
    severity: int | None = None
    causes: list[Cause] = field(default_factory=list)


@dataclass(frozen=True)
class Logbook:
    """A page of it."""

    entries: list[LogbookEntry]
    next: str | None


@dataclass(frozen=True)
class LogbookOrder:
    """What is to be told, and in which words the rules are named."""

    question: Question
    titles: Mapping[str, tuple[str, str]]
    limit: int
    routine: bool = False
    cursor: HistoryCursor | None = None


def logbook(client: Client, order: LogbookOrder) -> Logbook:
    """A page of the logbook: at most ``limit`` events, and the alerts among them."""
    question = order.question if order.routine else _without_routine(order.question)
    known = order.cursor.known if order.cursor else known_log(client)
    after = order.cursor.place if order.cursor else None
    found = [
        row
        for chunk in read(client, Extract(question, known, _COLUMNS, order.limit + 1, LOGBOOK_S, after))
        for row in chunk
    ]
    following = None
    if len(found) > order.limit:
        found = found[: order.limit]
        following = encode_cursor(question.digest, Place(*found[-1][:_KEYS]), known)
    alerts = transitions(client, _span(question, after, found if following else None))
    entries = [_event(row) for row in found] + _alerts(client, question, known, alerts, order.titles)
    return Logbook(sorted(entries, key=lambda entry: entry.at_ms), following)


def _without_routine(question: Question) -> Question:
    types = question.types or tuple(name for name, one in catalogue().items() if one.system in question.systems)
    return replace(question, types=tuple(name for name in types if name not in ROUTINE or name in question.types))


def _span(question: Question, after: Place | None, found: list[Row] | None) -> Question:
    """The question for alerts between the page before and the end of this one, each alert on one page alone."""
    start_ms = question.interval.from_ms if after is None else after.at_ms + 1
    end_ms = question.interval.to_ms if found is None else found[-1][0] + 1
    return replace(question, interval=Interval(start_ms, end_ms))


def _event(row: Row) -> LogbookEntry:
    at_ms, partition, offset, _, campus_id, type_name, subject, event_id, data = row
    told = sentence(type_name, subject, _object(data))
    return LogbookEntry(at_ms, "event", campus_id, type_name, event_id, told.zh, told.en, partition, offset)


def _object(data: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _alerts(
    client: Client,
    question: Question,
    known: tuple[int, ...],
    alerts: list[Transition],
    titles: Mapping[str, tuple[str, str]],
) -> list[LogbookEntry]:
    causes = _causes(client, question, known, alerts)
    return [_alert(alert, titles, causes) for alert in alerts]


def _alert(alert: Transition, titles: Mapping[str, tuple[str, str]], causes: Mapping[str, Cause]) -> LogbookEntry:
    title, state = titles.get(alert.rule, (alert.rule, alert.rule)), _STATES[alert.state]
    return LogbookEntry(
        *(alert.at_ms, "alert", alert.campus_id, alert.rule, alert.alert_id),
        f"{state[0]}：{title[0]}（{alert.subject}）",
        f"{state[1]}: {title[1]} ({alert.subject})",
        *(alert.partition, alert.offset, alert.severity),
        [causes.get(f"{alert.campus_id}/{name}", Cause(name)) for name in alert.causes],
    )


def _causes(
    client: Client, question: Question, known: tuple[int, ...], alerts: Iterable[Transition]
) -> dict[str, Cause]:
    """The causes that the reader may see, by campus and event id."""
    wanted = {(alert.campus_id, alert.system, name) for alert in alerts for name in alert.causes}
    if not wanted:
        return {}
    condition, parameters = conditions(replace(question, types=(), subjects=()), known, question.interval)
    found = bounded(
        client,
        f"SELECT campus_id, event_id, toUnixTimestamp64Milli(occurred_at), type, subject, data FROM events FINAL "  # noqa: S608 — made of constants; every value is a parameter
        f"WHERE {condition} AND campus_id IN %(cause_campuses)s AND system IN %(cause_systems)s "
        "AND event_id IN %(cause_ids)s",
        parameters
        | {
            "cause_campuses": tuple({campus_id for campus_id, _, _ in wanted}),
            "cause_systems": tuple({system for _, system, _ in wanted}),
            "cause_ids": tuple({name for _, _, name in wanted}),
        },
        LOGBOOK_S,
    )
    return {f"{row[0]}/{row[1]}": _cause(row) for row in found}


def _cause(row: Row) -> Cause:
    _, event_id, at_ms, type_name, subject, data = row
    told = sentence(type_name, subject, _object(data))
    return Cause(event_id, at_ms, told.zh, told.en)
