"""Rules about remote sessions: they begin, can be followed, are assisted, and are talked over afterwards."""

from collections.abc import Iterator
from typing import Final

from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from schemas.documents import NEVER_MS
from streams.core.spans import Span, rule_of_spans
from streams.core.spell import begun_ms
from streams.core.system import Rule, RuleKind
from streams.systems.lesson_ops.session_fold import LOST_MS
from streams.systems.lesson_ops.state import LessonState, Session

START_WITHIN_MS: Final = 5 * MINUTE_MS
POOR_FOR_MS: Final = 2 * MINUTE_MS
STALE_MS: Final = 90 * SECOND_MS
"""What an older measurement says about now is not believed, and further apart they belong to no one run."""
DEBRIEF_WITHIN_MS: Final = 72 * HOUR_MS
DEBRIEF_SHOWN_MS: Final = 3 * DAY_MS
LONGEST_MS: Final = 4 * HOUR_MS
"""A session of which no schedule and no end is known is taken for over by then."""


def is_live(session: Session, now_ms: int) -> bool:
    """Whether it has begun and is not over."""
    return 0 < session.started_ms <= now_ms < over_ms(session)


def over_ms(session: Session) -> int:
    """When it ended or at the latest should have: two hours past its schedule."""
    if session.ended_ms:
        return session.ended_ms
    if session.schedule is not None:
        return session.schedule.end_ms + LONGEST_MS // 2
    return session.started_ms + LONGEST_MS


def _knows_session(state: LessonState, subject: str) -> bool:
    return subject.partition("/")[0] in state.sessions


def _session_not_started(state: LessonState) -> Iterator[Span]:
    for session_id, session in state.sessions.items():
        if session.schedule is not None:
            deadline_ms = session.schedule.start_ms + START_WITHIN_MS
            until_ms = min(session.started_ms or NEVER_MS, session.ended_ms or NEVER_MS, session.schedule.end_ms)
            yield Span(
                session_id,
                deadline_ms,
                deadline_ms,
                until_ms,
                (session.schedule.event_id,),
                {"room": session.room, "planned_start_ms": session.schedule.start_ms},
            )


def session_quality_low(state: LessonState) -> Iterator[Span]:
    """From two minutes after an endpoint's measurements became poor, as long as they come and are poor."""
    for session_id, session in state.sessions.items():
        for endpoint_id, endpoint in session.endpoints.items():
            began_ms = begun_ms(endpoint.poor, STALE_MS)
            if began_ms is not None:
                yield Span(
                    f"{session_id}/{endpoint_id}",
                    began_ms,
                    began_ms + POOR_FOR_MS,
                    min(endpoint.poor.on_ms[-1] + STALE_MS, session.ended_ms or NEVER_MS),
                    (endpoint.poor.seen_by.get(began_ms, endpoint.event_id),),
                    {"mos": endpoint.mos, "loss_pct": endpoint.loss_pct, "fps": endpoint.fps},
                )


def endpoint_lost(state: LessonState) -> Iterator[Span]:
    """From three missing measurements until one comes or the session is over; never heard means: none are taken."""
    for session_id, session in state.sessions.items():
        if session.started_ms and session.heard_ms:
            heard_ms = max(session.heard_ms, session.started_ms)
            yield Span(
                session_id,
                heard_ms,
                heard_ms + LOST_MS,
                over_ms(session),
                (session.started_id,),
                {"room": session.room},
            )


def _no_assistant(state: LessonState) -> Iterator[Span]:
    for session_id, session in state.sessions.items():
        far = session.schedule is not None and session.schedule.role == "far"
        if far and not session.assisted:
            told_ms = session.assisted_ms
            yield Span(session_id, told_ms, told_ms, over_ms(session), (session.assisted_id,), {"room": session.room})


def _debrief_missing(state: LessonState) -> Iterator[Span]:
    for session_id, session in state.sessions.items():
        if session.ended_ms and session.outcome == "completed":
            deadline_ms = session.ended_ms + DEBRIEF_WITHIN_MS
            until_ms = min(session.debriefed_ms or NEVER_MS, deadline_ms + DEBRIEF_SHOWN_MS)
            yield Span(session_id, deadline_ms, deadline_ms, until_ms, (session.ended_id,), {"room": session.room})


RULES: Final[tuple[Rule[LessonState], ...]] = (
    rule_of_spans(
        "lesson_ops.session_not_started",
        _session_not_started,
        kind=RuleKind.ABSENCE,
        severity=3,
        title_zh="同步课堂未按时开始",
        title_en="remote session has not started",
        citation="余教〔2020〕155号 同步课堂“一张表” / the agreed table of sessions [source]；5分钟 / five minutes [A]",
        withdrawable=True,
        known=_knows_session,
    ),
    rule_of_spans(
        "lesson_ops.session_quality_low",
        session_quality_low,
        kind=RuleKind.THRESHOLD,
        severity=3,
        title_zh="同步课堂音视频质量差",
        title_en="picture or sound of a remote session is poor",
        citation="ITU-T P.800 MOS [M]；MOS<3、丢包>5%、帧率<12，持续2分钟 / for two minutes [A]",
    ),
    rule_of_spans(
        "lesson_ops.endpoint_lost",
        endpoint_lost,
        kind=RuleKind.STUCK,
        severity=3,
        title_zh="同步课堂端点失联",
        title_en="endpoint of a remote session is lost",
        citation="教科技〔2020〕3号 “三个课堂” [S]；缺三次测量 / three measurements missing [A]",
    ),
    rule_of_spans(
        "lesson_ops.no_assistant",
        _no_assistant,
        kind=RuleKind.THRESHOLD,
        severity=3,
        title_zh="远端课堂无辅助教师",
        title_en="far end of a remote session without an assisting teacher",
        citation="教科技〔2020〕3号 “三个课堂” [S]；黄冈做法 / practice of Huanggang [source]",
    ),
    rule_of_spans(
        "lesson_ops.debrief_missing",
        _debrief_missing,
        kind=RuleKind.ABSENCE,
        severity=4,
        title_zh="同步课堂后未开展研讨",
        title_en="no debrief filed after a remote session",
        citation="余教〔2020〕155号 及时开展同步教学研讨 / timely joint reflection [source]；72小时 / 72 h [A]",
        withdrawable=True,
        known=_knows_session,
    ),
)
