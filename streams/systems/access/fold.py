"""Folds the record of access: the newest day's counters, and every emergency that was taken."""

from collections.abc import Callable
from typing import Final

from schemas.clock import local_midnight_ms
from schemas.frame import LoggedEvent
from schemas.registry import Role
from streams.core.bounded import make_room
from streams.core.system import Effect
from streams.systems.access.limits import DELICATE_KINDS, MANY_DELICATE, MANY_REFUSALS
from streams.systems.access.state import MAX_EMERGENCIES, MAX_KINDS, MAX_PRINCIPALS, Access, Emergency, Reader


def apply(state: Access, event: LoggedEvent) -> Effect:
    """Fold one event.

    Raises:
        KeyError: the type is not one of ``access``, or a required field is missing.
    """
    return _FOLDS[event.type](state, event)


def _is_of_today(state: Access, event: LoggedEvent) -> bool:
    """Whether the event counts for the newest day known; the first event of a new day begins its counters."""
    day_ms = local_midnight_ms(event.occurredms)
    if day_ms > state.day_ms:
        state.day_ms = day_ms
        state.reads, state.readers = {}, {}
        state.refusals = state.consents_given = state.consents_withdrawn = 0
    return day_ms == state.day_ms


def _reader_of(state: Access, event: LoggedEvent) -> Reader:
    name = event.data["principal_ref"]
    reader = state.readers.get(name)
    if reader is None:
        make_room(state.readers, MAX_PRINCIPALS, lambda entry: entry.last_ms)
        reader = state.readers[name] = Reader(role=event.data["role"])
    reader.last_ms = max(reader.last_ms, event.occurredms)
    return reader


def _read(state: Access, event: LoggedEvent) -> Effect:
    kind, role = event.data["kind"], event.data["role"]
    if not _is_of_today(state, event):
        return Effect.NOTHING
    state.last_read_ms = max(state.last_read_ms, event.occurredms)
    name = f"{kind}/{role}"
    if name in state.reads or len(state.reads) < MAX_KINDS:
        state.reads[name] = state.reads.get(name, 0) + 1
    reader = _reader_of(state, event)
    reader.reads += 1
    if kind not in DELICATE_KINDS or role == Role.GUARDIAN:
        return Effect.ALIVE
    reader.delicate += 1
    if reader.delicate != MANY_DELICATE:
        return Effect.ALIVE
    reader.many_ms, reader.many_id = event.occurredms, event.id
    return Effect.JUDGE


def _refused(state: Access, event: LoggedEvent) -> Effect:
    refusals = event.data["refusals"]
    if not _is_of_today(state, event):
        return Effect.NOTHING
    state.refusals += refusals
    reader = _reader_of(state, event)
    reader.refusals += refusals
    if reader.refused_ms or reader.refusals < MANY_REFUSALS:
        return Effect.ALIVE
    reader.refused_ms, reader.refused_id = event.occurredms, event.id
    return Effect.JUDGE


def _emergency(state: Access, event: LoggedEvent) -> Effect:
    data = event.data
    taken = Emergency(data["principal_ref"], event.occurredms, data["valid_to_ms"], event.id)
    if data["grant_id"] in state.emergencies:
        return Effect.NOTHING
    make_room(state.emergencies, MAX_EMERGENCIES, lambda entry: entry.taken_ms)
    state.emergencies[data["grant_id"]] = taken
    return Effect.JUDGE


def _consent_given(state: Access, event: LoggedEvent) -> Effect:
    if not _is_of_today(state, event):
        return Effect.NOTHING
    state.consents_given += 1
    return Effect.ALIVE


def _consent_withdrawn(state: Access, event: LoggedEvent) -> Effect:
    if not _is_of_today(state, event):
        return Effect.NOTHING
    state.consents_withdrawn += 1
    return Effect.ALIVE


def _noted(_state: Access, _event: LoggedEvent) -> Effect:
    """Kept by the log; nothing of it is counted."""
    return Effect.ALIVE


_FOLDS: Final[dict[str, Callable[[Access, LoggedEvent], Effect]]] = {
    "access.read.v1": _read,
    "access.refused.v1": _refused,
    "access.emergency_taken.v1": _emergency,
    "access.grant_used.v1": _noted,
    "access.invitation_issued.v1": _noted,
    "access.invitation_redeemed.v1": _noted,
    "access.consent_given.v1": _consent_given,
    "access.consent_withdrawn.v1": _consent_withdrawn,
    "access.share_opened.v1": _noted,
    "access.share_closed.v1": _noted,
    "access.guardianship_ended.v1": _noted,
    "access.subject_keys_destroyed.v1": _noted,
}
