"""Who may ask for which proof.

Whoever may read an event as history may have it proven. An auditor may have any event of the areas of the appointment
proven, since that is what the role is for; it is a look at content like every other, with a purpose and on record.
"""

from collections.abc import Iterator
from dataclasses import replace

from api.access.reading import Reading
from api.authority import Action, Target
from api.authority.scope import Interval, Scope, Slot
from api.errors import NotFoundError, NotReadyError
from api.history.question import Question, QuestionParameters, ask
from api.history.windows import clip, members_during
from api.proof.inclusion import FoundEvent
from api.viewer import Viewer
from schemas.events import Classification, system_of
from schemas.ids import AreaId, CampusId, ConsortiumId, EventTypeName
from schemas.registry import Role
from schemas.systems import catalogue
from streams.archive.signing import SigningKeys


def signing_of(viewer: Viewer) -> SigningKeys:
    """The signing keys of this deployment.

    Raises:
        NotReadyError: this process was given none.
    """
    if viewer.api.signing is None:
        raise NotReadyError("此进程没有签名密钥 / this process has no signing keys")
    return viewer.api.signing


def require_event(viewer: Viewer, found: FoundEvent | None) -> FoundEvent:
    """The event, if the viewer may have it proven.

    Raises:
        NotFoundError: there is none, or not for this reader.
    """
    if found is None or CampusId(found.campus_id) not in viewer.api.facts.campuses:
        raise NotFoundError
    if viewer.principal.role is Role.AUDITOR:
        is_allowed = _is_audited(viewer, CampusId(found.campus_id))
    else:
        interval = Interval(found.occurred_ms, found.occurred_ms + 1)
        scope = viewer.history(
            [CampusId(found.campus_id)],
            [system_of(found.type)],
            interval,
            classification=_classification(found.type),
        )
        is_allowed = not scope.is_empty()
    if not is_allowed:
        raise NotFoundError
    return found


async def record_event(viewer: Viewer, found: FoundEvent, purpose: str) -> None:
    """Write down that an event is shown.

    Raises:
        UnreachableError: it is not recorded, so it is not shown.
    """
    at_ms = found.occurred_ms
    campus_id, system = CampusId(found.campus_id), system_of(found.type)
    await viewer.record(Reading("proof", (campus_id,), (system,), at_ms, at_ms + 1, purpose))


def bundle_question(viewer: Viewer, asked: QuestionParameters) -> Question:
    """What of a question may go into the viewer's bundle.

    Raises:
        ForbiddenError, NotFoundError, InvalidQueryError, QuestionTooWideError: see :func:`api.history.question.ask`.
        NotFoundError: nothing of it may be read by this reader.
    """
    question = ask(viewer, asked)
    if viewer.principal.role is Role.AUDITOR:
        audited = Scope(tuple(_audited_slots(viewer, asked, question)))
        question = replace(question, scope=audited, pupil_scope=audited)
    if question.scope.is_empty():
        raise NotFoundError
    return question


async def record_bundle(viewer: Viewer, question: Question) -> None:
    """Write down that a bundle is made.

    Raises:
        UnreachableError: it is not recorded, so it is not made.
    """
    interval = question.interval
    reading = Reading("bundle", question.campuses, question.systems, interval.from_ms, interval.to_ms, question.purpose)
    await viewer.record(reading)


def _classification(type_name: str) -> Classification | None:
    """What authority must know of a type; one that nobody declared may speak of a child."""
    declared = catalogue().get(EventTypeName(type_name))
    is_open = declared is not None and declared.classification is not Classification.MINOR
    return None if is_open else Classification.MINOR


def _is_audited(viewer: Viewer, campus_id: CampusId) -> bool:
    return viewer.may(Action.READ_CAMPUS, Target("campus", campus_id))


def _audited_slots(viewer: Viewer, asked: QuestionParameters, question: Question) -> Iterator[Slot]:
    named = {(campus_id, part) for text in asked.scope for campus_id, part in _named(viewer, text, question.interval)}
    for campus_id, part in sorted(named):
        if _is_audited(viewer, campus_id):
            yield Slot(campus_id, frozenset(question.systems), part.from_ms, part.to_ms)


def _named(viewer: Viewer, text: str, interval: Interval) -> Iterator[tuple[CampusId, Interval]]:
    """The campuses that a scope names, each with the time for which it does."""
    facts = viewer.api.facts
    kind, _, name = text.partition(":")
    match kind:
        case "campus":
            yield CampusId(name), interval
        case "consortium":
            for edge in members_during(facts, ConsortiumId(name), interval):
                yield edge.campus_id, clip(edge, interval) or interval
        case _:
            for campus_id, campus in facts.campuses.items():
                if facts.is_within(campus.area_id, AreaId(name)):
                    yield campus_id, interval
