"""Folds the documents that a replay may show of an instant, as the questions to the past do."""

from collections.abc import Mapping

from api.past.asked import documents_of
from api.past.known import state_as_known
from api.past.parameters import folding_of
from api.past.question import Instant
from api.past.snapshots import DocumentId
from api.past.was import state_as_it_was
from api.replay.making import Replay
from api.replay.sight import clip_to
from api.replay.states import Fold
from api.viewer import Viewer
from schemas.clock import log_time_ms
from schemas.documents import CampusStatus


def fold_of(viewer: Viewer, replay: Replay) -> Fold:
    """By the gateway's clock as known then, by the device's as it was."""
    fold = state_as_it_was if replay.recipe.clock == "occurred" else state_as_known
    folding, clock = folding_of(viewer), viewer.api.clock

    async def at(at_ms: int) -> Mapping[DocumentId, CampusStatus]:
        documents = documents_of(clip_to(replay.shown.scope, at_ms, at_ms + 1))
        if not documents:
            return {}
        instant = Instant(at_ms, log_time_ms(clock, at_ms))
        state = await viewer.api.store.run(lambda client: fold(client, folding, documents, instant), as_bytes=True)
        return state.statuses

    return at
