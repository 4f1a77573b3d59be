"""The part of the fold that files what is said of remote sessions."""

from typing import Final

from schemas.clock import SECOND_MS
from schemas.frame import LoggedEvent
from streams.core.spell import see_off, see_on
from streams.core.system import Effect
from streams.systems.lesson_ops.places import session_of
from streams.systems.lesson_ops.state import MAX_ENDPOINTS, Endpoint, LessonState, Schedule, Session

POOR_MOS: Final = 3.0
POOR_LOSS_PCT: Final = 5.0
POOR_FPS: Final = 12.0
LOST_MS: Final = 90 * SECOND_MS
"""Three measurements that did not come."""
TICK_AHEAD_MS: Final = 15 * SECOND_MS
"""A tick may have reached the log before an event that the gateway received this much earlier."""


def scheduled(state: LessonState, event: LoggedEvent) -> Effect:
    """The newest schedule counts."""
    session, data = session_of(state, event), event.data
    known = session.schedule
    if known is not None and (event.occurredms, event.id) <= (known.said_ms, known.event_id):
        return Effect.NOTHING
    session.schedule = Schedule(
        said_ms=event.occurredms,
        event_id=event.id,
        start_ms=data["planned_start_ms"],
        end_ms=data["planned_end_ms"],
        kind=data["kind"],
        role=data["role"],
        course=data["course"],
        class_id=data.get("class_id") or "",
    )
    return Effect.JUDGE


def started(state: LessonState, event: LoggedEvent) -> Effect:
    """The earliest start counts, and what was last said of the assisting teacher."""
    session = session_of(state, event)
    if not session.started_ms or (event.occurredms, event.id) < (session.started_ms, session.started_id):
        session.started_ms, session.started_id = event.occurredms, event.id
    assisted = event.data.get("assistant_present")
    if assisted is not None and (event.occurredms, event.id) > (session.assisted_ms, session.assisted_id):
        session.assisted_ms, session.assisted_id, session.assisted = event.occurredms, event.id, assisted
    return Effect.JUDGE


def ended(state: LessonState, event: LoggedEvent) -> Effect:
    """The latest end counts."""
    session = session_of(state, event)
    if (event.occurredms, event.id) <= (session.ended_ms, session.ended_id):
        return Effect.NOTHING
    session.ended_ms, session.ended_id = event.occurredms, event.id
    session.outcome = event.data.get("outcome", "completed")
    return Effect.JUDGE


def debriefed(state: LessonState, event: LoggedEvent) -> Effect:
    """The earliest debrief counts."""
    session = session_of(state, event)
    if 0 < session.debriefed_ms <= event.occurredms:
        return Effect.NOTHING
    session.debriefed_ms = event.occurredms
    return Effect.JUDGE


def quality(state: LessonState, event: LoggedEvent) -> Effect:
    """The newest measurement is shown; poor ones are counted in time."""
    session, data, at_ms = session_of(state, event), event.data, event.occurredms
    judged = False
    if event.receivedms > session.heard_ms:
        judged = event.receivedms - session.heard_ms >= LOST_MS - TICK_AHEAD_MS
        session.heard_ms = event.receivedms
    endpoint = _endpoint_of(session, data["endpoint_id"])
    if is_poor(data["mos"], data["loss_pct"], data["fps"]):
        judged = see_on(endpoint.poor, at_ms, event.id) or judged
    else:
        judged = see_off(endpoint.poor, at_ms) or judged
    if (at_ms, event.id) > (endpoint.at_ms, endpoint.event_id):
        endpoint.at_ms, endpoint.event_id = at_ms, event.id
        endpoint.mos, endpoint.loss_pct, endpoint.fps = data["mos"], data["loss_pct"], data["fps"]
    return Effect.JUDGE if judged else Effect.ALIVE


def is_poor(mos: float, loss_pct: float, fps: float) -> bool:
    """Whether a class cannot well follow: any one of voice, loss and picture is enough."""
    return mos < POOR_MOS or loss_pct > POOR_LOSS_PCT or fps < POOR_FPS


def _endpoint_of(session: Session, endpoint_id: str) -> Endpoint:
    endpoint = session.endpoints.get(endpoint_id)
    if endpoint is None:
        endpoint = session.endpoints[endpoint_id] = Endpoint()
        if len(session.endpoints) > MAX_ENDPOINTS:
            del session.endpoints[max(session.endpoints)]
    return endpoint
