"""Questions that read the archive: each person or program may ask so many a minute, so that all get their turn.

A router whose routes read the archive takes :data:`WITHIN_ALLOWANCE` among its dependencies and declares 429. It counts
by who asks, not by token: somebody with three sessions has one allowance.
"""

from typing import Any, Final

from fastapi import Depends

from api.errors import AllowanceSpentError
from api.viewer import ViewerDep
from schemas.metrics import API_HELD_BACK


async def _within_allowance(viewer: ViewerDep) -> None:
    """Let pass, or say when to come back.

    Raises:
        AllowanceSpentError: the asker has had as many as a minute holds.
    """
    services = viewer.api.identity
    wait_s = services.costly.take(viewer.actor.ref, services.now_s())
    if wait_s:
        viewer.api.meter.count(API_HELD_BACK, 1, "allowance")
        raise AllowanceSpentError(wait_s)


WITHIN_ALLOWANCE: Final[Any] = Depends(_within_allowance)
"""For ``dependencies=[…]`` of a router or a route."""
