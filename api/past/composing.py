"""Puts the answers together: each function asks the store what its route needs, and gives what is to be encoded."""

from typing import Any

from clickhouse_driver import Client

from api.authority.scope import Interval, Scope
from api.past.asked import Wanted, readable
from api.past.events import MOST_EVENTS, ScopedQuestion, events_between
from api.past.explaining import explain_document
from api.past.looking import Look
from api.past.parameters import LookParameters, folding_of
from api.past.question import PastClock, PastState
from api.past.skews import skews
from api.past.snapshots import DocumentId
from api.past.subject import alerts_of, last_event_of, parts_of
from api.past.telling import event_name, explained, log_reached
from api.viewer import Viewer
from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.documents import CampusStatus
from schemas.events import Classification
from schemas.ids import ConsortiumId
from streams.core.past_difference import difference
from streams.core.past_known import rolled_up

SKEW_SPAN_MS = HOUR_MS
"""How much receive time before the instant an explanation estimates clocks from."""
LAST_EVENT_WITHIN_MS = 31 * DAY_MS


def logs_of(state: PastState) -> list[dict[str, Any]]:
    """How far the answer follows each partition's log."""
    return [log_reached(place).model_dump() for _, place in sorted(state.places.items())]


def campus_answer(look: Look, clock: PastClock, state: PastState) -> dict[str, Any]:
    """A campus at an instant."""
    return {
        "at_ms": look.instant.at_ms,
        "clock": clock,
        "campus_id": look.campus_ids[0],
        "log": logs_of(state)[0],
        "statuses": {str(document.system): status for document, status in sorted(state.statuses.items(), key=_key)},
        "explanations": None,
    }


def consortium_answer(look: Look, clock: PastClock, consortium_id: ConsortiumId, state: PastState) -> dict[str, Any]:
    """A consortium at an instant, from the documents of its members."""
    statuses = [status for _, status in sorted(state.statuses.items(), key=_key)]
    rollups = rolled_up(consortium_id, statuses)
    return {
        "at_ms": look.instant.at_ms,
        "clock": clock,
        "consortium_id": consortium_id,
        "campus_ids": look.campus_ids,
        "logs": logs_of(state),
        "rollups": {name: rollups[name].status() for name in sorted(rollups)},
    }


async def explanations(viewer: Viewer, look: Look, asked: LookParameters) -> dict[str, Any]:
    """For each system what set each field, as known then; no event about a child to whom none may be told."""
    folding, at_ms = folding_of(viewer), look.instant.at_ms
    interval = Interval(at_ms - SKEW_SPAN_MS, at_ms + 1)
    scope = viewer.history(look.campus_ids, look.systems, interval)
    everything = Wanted(look.campus_ids, look.systems, Interval(0, at_ms + DAY_MS))
    pupil_scope = readable(viewer, everything, asked.eyes, classification=Classification.MINOR)

    def work(client: Client) -> dict[str, Any]:
        found = {it.system: explain_document(client, folding, it, look.instant) for it in sorted(look.documents)}
        clocks = skews(client, scope, SKEW_SPAN_MS)
        return {name: explained(it, clocks, pupil_scope).model_dump() for name, it in found.items() if it is not None}

    return await viewer.api.store.run(work, as_bytes=True)


async def subject_answer(
    viewer: Viewer, look: Look, asked: LookParameters, state: PastState, subject: str
) -> dict[str, Any] | None:
    """A device at an instant; None if nothing was known of it."""
    ((document, status),) = state.statuses.items() or (((next(iter(look.documents))), None),)
    interval = Interval(max(0, look.instant.at_ms - LAST_EVENT_WITHIN_MS), look.instant.at_ms + 1)
    question = _told(viewer, look, asked, interval)
    last, clocks = await viewer.api.store.run(
        lambda client: (last_event_of(client, question, subject), skews(client, question.scope, SKEW_SPAN_MS)),
        as_bytes=True,
    )
    fields = parts_of(status, subject) if status else {}
    alerts = alerts_of(status, subject) if status else []
    if not fields and not alerts and last is None:
        return None
    return {
        "at_ms": look.instant.at_ms,
        "clock": asked.clock,
        "campus_id": document.campus_id,
        "system": document.system,
        "subject": subject,
        "log": logs_of(state)[0],
        "fields": fields,
        "alerts": alerts,
        "last_event": event_name(last, clocks).model_dump() if last else None,
    }


async def difference_answer(
    viewer: Viewer, looks: tuple[Look, Look], asked: LookParameters, states: tuple[PastState, PastState]
) -> dict[str, Any]:
    """What changed in one system of a campus, and the events between."""
    (old, new), (document,) = states, looks[1].documents
    from_ms, to_ms = (look.instant.at_ms for look in looks)
    # What the log took just after an instant was received just before it.
    question = _told(viewer, looks[1], asked, Interval(max(0, from_ms - MINUTE_MS), to_ms + 1))
    ((partition, end),) = new.places.items()
    start = old.places[partition].offset
    events, clocks = await viewer.api.store.run(
        lambda client: (
            events_between(client, question, partition, start, end.offset),
            skews(client, question.scope, to_ms - from_ms + MINUTE_MS),
        ),
        as_bytes=True,
    )
    return {
        "from_ms": from_ms,
        "to_ms": to_ms,
        "clock": asked.clock,
        "campus_id": document.campus_id,
        "system": document.system,
        "logs": logs_of(old) + logs_of(new),
        "changes": [change._asdict() for change in difference(_status(old), _status(new))],
        "events": [event_name(event, clocks).model_dump() for event in events[:MOST_EVENTS]],
        "has_more_events": len(events) > MOST_EVENTS,
    }


def _told(viewer: Viewer, look: Look, asked: LookParameters, interval: Interval) -> ScopedQuestion:
    """Events of the look's campuses and systems that may be told."""
    wanted = Wanted(look.campus_ids, look.systems, interval)
    pupils: Scope = readable(viewer, wanted, asked.eyes, classification=Classification.MINOR)
    return ScopedQuestion(readable(viewer, wanted, asked.eyes), pupils, asked.clock)


def _status(state: PastState) -> CampusStatus | None:
    return next(iter(state.statuses.values()), None)


def _key(item: tuple[DocumentId, CampusStatus]) -> DocumentId:
    return item[0]
