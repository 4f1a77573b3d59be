"""Every question to the past is itself on record before it is answered."""

from typing import Literal

from api.access.reading import Reading
from api.history.question import Question
from api.viewer import Viewer

HistoryKind = Literal["history", "export", "logbook"]


async def record(viewer: Viewer, question: Question, kind: HistoryKind) -> None:
    """Write down who asks for what and why; a question that finds nothing readable is not one.

    Raises:
        UnreachableError: the log does not answer, so nothing is read.
    """
    if question.scope.is_empty():
        return
    await viewer.record(
        Reading(
            "pupil" if question.speaks_of_pupils and kind == "history" else kind,
            question.campuses,
            question.systems,
            question.interval.from_ms,
            question.interval.to_ms,
            question.purpose,
        )
    )
