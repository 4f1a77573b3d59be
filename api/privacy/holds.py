"""Whether a legal hold forbids that a pupil's keys are destroyed: a seam, because holds are kept by the deployment."""

from typing import Protocol

from schemas.errors import UnreachableError
from schemas.ids import CampusId


class LegalHolds(Protocol):
    """Knows the legal holds (证据保全) that are in force."""

    async def cover_pupils_of(self, campus_id: CampusId) -> bool:
        """Whether a hold covers this campus and a system that speaks of single pupils.

        Raises:
            UnreachableError: nobody knows now, so nothing may be destroyed.
        """
        ...


class UnknownHolds:
    """Of a process that was told of no holds: it must not destroy anything."""

    async def cover_pupils_of(self, campus_id: CampusId) -> bool:  # noqa: ARG002 — the seam's signature
        """Refuse to say."""
        raise UnreachableError(
            "无法得知证据保全 / the legal holds are not known",
            cause="没有接上存储 / no store is connected",
            remedy="campanile doctor",
        )
