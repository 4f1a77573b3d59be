"""What a document says of one device, vehicle, class or place."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from clickhouse_driver import Client

from api.history.predicate import where_told
from api.past.events import COLUMNS, NamedEvent, ScopedQuestion, history_clock, named_event
from schemas.documents import CampusStatus
from streams.archive.store_client import rows

_LAST: Final = (
    f"SELECT {COLUMNS} FROM events FINAL WHERE {{scope}} AND subject = %(subject)s "  # noqa: S608 — constants of ours
    "ORDER BY {clock} DESC, offset DESC, frame_index DESC LIMIT 1"
)


def parts_of(status: CampusStatus, subject: str) -> dict[str, Any]:
    """The entries of the state that bear the subject's name, by path."""
    return dict(_parts("", msgspec.json.decode(status.state), subject))


def alerts_of(status: CampusStatus, subject: str) -> list[dict[str, Any]]:
    """The open alerts about the subject."""
    return [msgspec.to_builtins(line) for line in status.alerts if line.subject == subject]


def last_event_of(client: Client, question: ScopedQuestion, subject: str) -> NamedEvent | None:
    """The newest event of the subject within the scope."""
    clock = history_clock(question.clock)
    predicate = where_told(question.scope, question.pupil_scope, clock)
    sql = _LAST.format(scope=predicate.sql, clock=f"{clock}_at")
    found = rows(client, sql, {**predicate.parameters, "subject": subject})
    return named_event(found[0]) if found else None


def _parts(path: str, value: object, subject: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        place = f"{path}/{key}" if path else key
        if key == subject:
            yield place, inner
        else:
            yield from _parts(place, inner, subject)
