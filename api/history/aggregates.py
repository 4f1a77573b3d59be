"""Counts of events by minute, hour or day, and campus, system and type. Blocking; for the threads of the store pool."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from clickhouse_driver import Client

from api.authority.scope import Scope
from api.authority.suppression import SMALLEST_TOLD, told
from api.history.errors import TooManyRowsError
from api.history.predicate import COLUMNS, open_types, where_told
from api.history.question import Question
from api.history.reading import bounded, conditions, known_log
from schemas.clock import CHINA_OFFSET_MS, DAY_MS, HOUR_MS, MINUTE_MS
from schemas.systems import catalogue

Step = Literal["minute", "hour", "day"]
STEPS_MS: Final[dict[Step, int]] = {"minute": MINUTE_MS, "hour": HOUR_MS, "day": DAY_MS}
ROWS_MOST: Final = 20_000
AGGREGATE_S: Final = 20.0


@dataclass(frozen=True)
class Count:
    """So many events of a type began in the step; None where it may not be told."""

    from_ms: int
    campus_id: str
    system: str
    type: str
    events: int | None
    subjects: int | None


class _Tally(NamedTuple):
    """What was counted, and whether all of it may be told one by one."""

    events: int
    subjects: int
    is_whole: int


class _Key(NamedTuple):
    """What a count is of."""

    from_ms: int
    campus_id: str
    system: str
    type: str


def aggregates(client: Client, question: Question, whole: Scope, step: Step) -> list[Count]:
    """Counts in the order of time. Days are China's.

    What lies outside of ``whole`` is told only from five events on; what may speak of a child nowhere before it speaks
    of five children, which is told by their aliases of the day (:class:`schemas.privacy.PupilFields`). A type that does
    not name its child is not counted for anybody.

    Raises:
        TooManyRowsError: a coarser step or a shorter time is needed.
    """
    known = known_log(client)
    condition, parameters = conditions(question, known, question.interval)
    told_one_by_one = where_told(whole, Scope(()), question.clock, name="whole")
    sql = (
        f"SELECT {_from_ms(question, step)} AS from_ms, campus_id, system, type, count(), uniqExact(subject), "  # noqa: S608 — made of constants; every value is a parameter
        f"min({told_one_by_one.sql}) FROM events FINAL WHERE {condition} GROUP BY from_ms, campus_id, system, type "
        f"ORDER BY from_ms, campus_id, system, type LIMIT {ROWS_MOST + 1}"
    )
    found = bounded(client, sql, parameters | dict(told_one_by_one.parameters), AGGREGATE_S)
    if len(found) > ROWS_MOST:
        raise TooManyRowsError(ROWS_MOST)
    enough = {row[3] for row in found if told(row[4]) is not None}
    few = _of_few_children(client, question, known, step, enough - set(open_types()))
    return [_count(_Key(*row[:4]), _Tally(*row[4:]), few) for row in found]


def _from_ms(question: Question, step: Step) -> str:
    """The SQL of the instant at which an event's step begins."""
    length_ms, column = STEPS_MS[step], f"toUnixTimestamp64Milli({COLUMNS[question.clock]})"
    return f"intDiv({column} + {CHINA_OFFSET_MS}, {length_ms}) * {length_ms} - {CHINA_OFFSET_MS}"


def _of_few_children(
    client: Client, question: Question, known: tuple[int, ...], step: Step, types: AbstractSet[str]
) -> Callable[[_Key], bool]:
    """Tells of a count whether fewer than five children are behind it, or nobody can say how many."""
    fields = {str(name): found.pupil.subject for name, found in catalogue().items() if found.pupil is not None}
    few: set[_Key] = set()
    for member in sorted({fields[name] for name in types & fields.keys()}):
        condition, parameters = conditions(question, known, question.interval)
        named = tuple(sorted(name for name in types if fields.get(name) == member))
        sql = (
            f"SELECT {_from_ms(question, step)} AS from_ms, campus_id, system, type FROM events FINAL "  # noqa: S608 — made of constants; every value is a parameter
            f"WHERE {condition} AND type IN %(named)s GROUP BY from_ms, campus_id, system, type "
            "HAVING uniqExact(JSONExtractString(data, %(member)s)) < %(least)s"
        )
        parameters |= {"named": named, "member": member, "least": SMALLEST_TOLD}
        few |= {_Key(*row) for row in bounded(client, sql, parameters, AGGREGATE_S)}
    unnamed = types - fields.keys()
    return lambda key: key in few or key.type in unnamed


def _count(key: _Key, tally: _Tally, is_of_few: Callable[[_Key], bool]) -> Count:
    if tally.is_whole:
        return Count(*key, tally.events, tally.subjects)
    events = None if is_of_few(key) else told(tally.events)
    return Count(*key, events, None if events is None else told(tally.subjects))
