"""From what may be read to the SQL that reads no more: the one way from a scope to a query of ``events``. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from api.authority.scope import Scope, Slot
from schemas.clock import DAY_MS
from schemas.events import Classification
from schemas.ids import CampusId, EventTypeName, SystemName
from schemas.systems import catalogue

HistoryClock = Literal["occurred", "received"]
"""The device's clock, or the gateway's: as it was, or as it became known."""
COLUMNS: Final[Mapping[HistoryClock, str]] = {"occurred": "occurred_at", "received": "received_at"}
_NOTHING: Final = "0"


@dataclass(frozen=True)
class Predicate:
    """A condition in brackets, over the columns of ``events``, and its parameters, whose names begin with one word."""

    sql: str
    parameters: Mapping[str, object]


class _Group(NamedTuple):
    """What slots may have in common."""

    systems: frozenset[SystemName]
    from_ms: int
    to_ms: int


def where(scope: Scope, clock: HistoryClock, *, name: str = "scope", column: str | None = None) -> Predicate:
    """The condition that holds for the rows within the scope and for no other; an empty scope has none.

    Slots alike but for the campus share one term, so that the store finds forty campuses as quickly as one. Two scopes
    in one query need two names; ``column`` is the clock's, where a table calls it otherwise. It does not look at types:
    see :func:`where_told`.
    """
    terms: list[str] = []
    parameters: dict[str, object] = {}
    for number, (group, campuses) in enumerate(_grouped(scope.slots).items()):
        if not group.systems:
            continue
        terms.append(_term(f"{name}_{number}", column or COLUMNS[clock], clock))
        parameters[f"{name}_{number}_campuses"] = tuple(sorted(campuses))
        parameters[f"{name}_{number}_systems"] = tuple(sorted(group.systems))
        parameters[f"{name}_{number}_from"] = group.from_ms
        parameters[f"{name}_{number}_to"] = group.to_ms
    return Predicate(f"({' OR '.join(terms) or _NOTHING})", parameters)


def where_told(scope: Scope, pupil_scope: Scope, clock: HistoryClock, *, name: str = "scope") -> Predicate:
    """As :func:`where`, and what may speak of a child only within ``pupil_scope``.

    A type that nobody declared may speak of one.
    """
    whole, pupils = where(scope, clock, name=name), where(pupil_scope, clock, name=f"{name}_pupils")
    return Predicate(
        f"({whole.sql} AND (type IN %(open_types)s OR {pupils.sql}))",
        {**whole.parameters, **pupils.parameters, "open_types": open_types()},
    )


def open_types() -> tuple[EventTypeName, ...]:
    """The declared types that say nothing about any child."""
    known = catalogue().items()
    return tuple(name for name, declared in known if declared.classification is not Classification.MINOR)


def instant(parameter: str) -> str:
    """The SQL of a parameter in epoch ms as the columns' type, which the store's index understands."""
    return f"fromUnixTimestamp64Milli(toInt64(%({parameter})s), 'UTC')"


def _term(name: str, column: str, clock: HistoryClock) -> str:
    start, end = instant(f"{name}_from"), instant(f"{name}_to")
    inside = f"{column} >= {start} AND {column} < {end}"
    if clock == "received":  # the gateway refuses what claims to be of more than a day later; the months skip by this
        inside += f" AND occurred_at <= {end} + toIntervalMillisecond({DAY_MS})"
    return f"(campus_id IN %({name}_campuses)s AND system IN %({name}_systems)s AND {inside})"


def _grouped(slots: Iterable[Slot]) -> dict[_Group, set[CampusId]]:
    groups: defaultdict[_Group, set[CampusId]] = defaultdict(set)
    for slot in slots:
        groups[_Group(slot.systems, slot.from_ms, slot.to_ms)].add(slot.campus_id)
    return groups
