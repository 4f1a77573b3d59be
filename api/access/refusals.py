"""Refused requests, counted and written down now and then, so that trying doors is seen and cannot flood the log.

A refusal is counted for a campus that exists and that the principal may not see. Counts are written every
:data:`WRITTEN_EVERY_S`, one entry for each principal and campus; when there are too many of them the rest is counted by
nobody. What a killed process had not written is lost: it was never shown to anybody, so nothing rests on it.
"""

import asyncio
from typing import Final

import structlog

from api.access.entries import Actor, Entry
from api.access.journal import Journal
from schemas.clock import Clock
from schemas.errors import UnreachableError
from schemas.ids import CampusId

log = structlog.get_logger(__name__)
WRITTEN_EVERY_S: Final = 10.0
MOST: Final = 1_000
"""Principals × campuses that are counted at once."""
MOST_REFUSALS: Final = 1_000_000
"""As many as one entry may tell of."""


class Refusals:
    """The counts of one process."""

    def __init__(self) -> None:
        self._counts: dict[tuple[Actor, CampusId], int] = {}

    def note(self, actor: Actor, campus_id: CampusId) -> None:
        """Count one refusal."""
        place = actor, campus_id
        if place in self._counts or len(self._counts) < MOST:
            self._counts[place] = min(self._counts.get(place, 0) + 1, MOST_REFUSALS)

    async def write(self, journal: Journal, at_ms: int) -> None:
        """Write down what was counted since the last time; what cannot be written is kept.

        Raises:
            UnreachableError: the log did not take it.
        """
        counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            await journal.write(
                [_entry(actor, campus_id, count) for (actor, campus_id), count in counts.items()], at_ms
            )
        except UnreachableError:
            for place, count in self._counts.items():
                counts[place] = min(counts.get(place, 0) + count, MOST_REFUSALS)
            self._counts = counts
            raise

    async def run(self, journal: Journal, clock: Clock) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(WRITTEN_EVERY_S)
            try:
                await self.write(journal, clock.now_ms())
            except UnreachableError as error:
                log.warning("refusals_unwritten", error=type(error).__name__, cause=error.cause)


def _entry(actor: Actor, campus_id: CampusId, count: int) -> Entry:
    said = {"principal_ref": actor.ref, "role": actor.role, "refusals": count}
    return Entry(campus_id, "access.refused.v1", actor.ref, said)
