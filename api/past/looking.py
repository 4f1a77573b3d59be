"""One look at an instant: who may see which documents, the record of the look, and the documents."""

from dataclasses import dataclass, replace

import msgspec

from api.access.reading import Reading
from api.authority import Action
from api.authority.scope import Interval
from api.errors import NotFoundError
from api.live.withheld import without_riders
from api.past.asked import Wanted, documents_of, readable
from api.past.known import state_as_known
from api.past.parameters import LookParameters, folding_of, instant_of
from api.past.question import Instant, PastClock, PastState
from api.past.snapshots import DocumentId
from api.past.was import state_as_it_was
from api.viewer import Viewer
from schemas.documents import CampusStatus
from schemas.ids import CampusId, SystemName


@dataclass(frozen=True)
class Look:
    """An instant and the documents that may be seen of it; there is at least one."""

    instant: Instant
    documents: frozenset[DocumentId]

    @property
    def campus_ids(self) -> tuple[CampusId, ...]:
        """The campuses of the documents."""
        return tuple(sorted({document.campus_id for document in self.documents}))

    @property
    def systems(self) -> tuple[SystemName, ...]:
        """The systems of the documents."""
        return tuple(sorted({document.system for document in self.documents}))


def look_at(
    viewer: Viewer, campus_ids: tuple[CampusId, ...], system: str | None, at_ms: int, asked: LookParameters
) -> Look:
    """What may be seen of campuses at an instant.

    Raises:
        ForbiddenError: the role reads no content.
        NotFoundError: nothing of it exists, or not for this reader.
        NotYetError: the instant lies in the future.
        AskedRoleError: only an auditor may ask for other eyes.
    """
    viewer.require(Action.LIST_CONTENT)
    instant = instant_of(viewer, at_ms)
    known = tuple(sorted(viewer.api.systems))
    systems = known if system is None else tuple(name for name in known if name == system)
    existing = tuple(campus_id for campus_id in campus_ids if campus_id in viewer.api.facts.campuses)
    scope = readable(viewer, Wanted(existing, systems, Interval(at_ms, at_ms + 1)), asked.eyes)
    if scope.is_empty():
        raise NotFoundError
    return Look(instant, documents_of(scope))


async def record_look(viewer: Viewer, looks: tuple[Look, ...], asked: LookParameters) -> None:
    """Write the look down; nothing is read before.

    Raises:
        UnreachableError: the log does not answer.
    """
    await viewer.record(
        Reading(
            "state",
            tuple(sorted({campus_id for look in looks for campus_id in look.campus_ids})),
            tuple(sorted({name for look in looks for name in look.systems})),
            min(look.instant.at_ms for look in looks),
            max(look.instant.at_ms for look in looks),
            asked.purpose or "",
        )
    )


async def fold_look(viewer: Viewer, look: Look, clock: PastClock) -> PastState:
    """The documents of a look, without the marks of single riders.

    Raises:
        TooFarError: too much would have to be folded.
        UnreachableError: the store does not answer.
    """
    folding, fold = folding_of(viewer), state_as_known if clock is PastClock.KNOWN else state_as_it_was
    state = await viewer.api.store.run(
        lambda client: fold(client, folding, look.documents, look.instant), as_bytes=True
    )
    statuses = {document: _shown(status) for document, status in state.statuses.items()}
    return replace(state, statuses=statuses)


def _shown(status: CampusStatus) -> CampusStatus:
    state = bytes(status.state)
    kept = without_riders(state)
    return status if kept is state else msgspec.structs.replace(status, state=msgspec.Raw(kept))
