"""For how many days a row may be kept, as SQL over the columns of ``events``: by its class or by a hold. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from deploy.retention.holds import Hold
from schemas.events import EventType
from schemas.ids import EventTypeName
from schemas.retention import FRAME_DAYS, HELD_DAYS, KEEP_DAYS, RetentionClass


class Expression(NamedTuple):
    """SQL and its parameters."""

    sql: str
    parameters: dict[str, object]


def is_held(holds: Sequence[Hold]) -> Expression:
    """Whether a row of ``events`` is under a hold."""
    terms, parameters = [], dict[str, object]()
    for number, hold in enumerate(holds):
        name = f"hold_{number}"
        term = f"campus_id IN %({name}_campuses)s AND {_within(name)}"
        parameters |= {f"{name}_campuses": hold.campus_ids, f"{name}_from": hold.from_ms, f"{name}_to": hold.to_ms}
        if hold.systems:
            term += f" AND system IN %({name}_systems)s"
            parameters[f"{name}_systems"] = hold.systems
        terms.append(f"({term})")
    return Expression(f"({' OR '.join(terms) or '0'})", parameters)


def days_by_class(types: Mapping[EventTypeName, EventType]) -> Expression:
    """The days of a row's class; a type that nobody declares any more is kept like the others."""
    names, days = zip(*((name, KEEP_DAYS[declared.retention]) for name, declared in types.items()), strict=True)
    standard = KEEP_DAYS[RetentionClass.STANDARD]
    return Expression(
        f"toUInt16(transform(type, %(class_types)s, %(class_days)s, {standard}))",
        {"class_types": list(names), "class_days": list(days)},
    )


def days_of_event(types: Mapping[EventTypeName, EventType], holds: Sequence[Hold]) -> Expression:
    """The days that a row of ``events`` must have."""
    held, classed = is_held(holds), days_by_class(types)
    return Expression(f"toUInt16(if({held.sql}, {HELD_DAYS}, {classed.sql}))", held.parameters | classed.parameters)


def days_of_frame(holds: Sequence[Hold]) -> Expression:
    """The days that a row of ``frames`` must have: a frame with one event under a hold is kept whole."""
    held = is_held(holds)
    if not holds:
        return Expression(f"toUInt16({FRAME_DAYS})", {})
    found = f"(partition, offset) IN (SELECT partition, offset FROM events WHERE {held.sql})"  # noqa: S608 — our own text
    return Expression(f"toUInt16(if({found}, {HELD_DAYS}, {FRAME_DAYS}))", held.parameters)


def _within(name: str) -> str:
    start, end = (f"fromUnixTimestamp64Milli(toInt64(%({name}_{side})s), 'UTC')" for side in ("from", "to"))
    return f"occurred_at >= {start} AND occurred_at < {end}"
