"""The legal holds under which pupils' keys must stay, read from the store each time that somebody asks."""

import asyncio
from collections.abc import Callable

from deploy.retention.holds import Hold, holds_in_force
from schemas.ids import CampusId
from schemas.systems import catalogue
from streams.archive.settings import StoreSettings
from streams.archive.store_client import session


def covers_pupils(hold: Hold, campus_id: CampusId) -> bool:
    """Whether a hold covers a campus and a system that speaks of single pupils."""
    of_pupils = {declared.system for declared in catalogue().values() if declared.pupil is not None}
    return campus_id in hold.campus_ids and (not hold.systems or not of_pupils.isdisjoint(hold.systems))


class StoredHolds:
    """The :class:`~api.privacy.holds.LegalHolds` of a deployment; ``locate`` says where its store is now."""

    def __init__(self, locate: Callable[[], StoreSettings]) -> None:
        self._locate = locate

    async def cover_pupils_of(self, campus_id: CampusId) -> bool:
        """See :meth:`~api.privacy.holds.LegalHolds.cover_pupils_of`."""
        return await asyncio.to_thread(self._cover, campus_id)

    def _cover(self, campus_id: CampusId) -> bool:
        with session(self._locate()) as client:
            return any(covers_pupils(hold, campus_id) for hold in holds_in_force(client))
