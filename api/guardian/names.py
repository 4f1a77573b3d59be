"""What the log calls a pupil on a day: a seam, because pupils' tokens may stand in the log under aliases."""

from collections.abc import Iterable
from typing import Protocol

from schemas.ids import CampusId
from schemas.privacy import ServiceDay, service_day_of


class Aliases(Protocol):
    """Knows what the log calls a pupil."""

    async def alias_of(self, campus_id: CampusId, pupil_token: str, day: ServiceDay) -> str | None:
        """The alias on a service day; None: there is none, or none any more."""
        ...


class NoAliases:
    """Of a deployment in which tokens stand in the log as they are."""

    async def alias_of(self, campus_id: CampusId, pupil_token: str, day: ServiceDay) -> str | None:  # noqa: ARG002 — the seam's signature
        """None."""
        return None


async def names_of(
    aliases: Aliases, campus_id: CampusId, pupil_token: str, instants_ms: Iterable[int]
) -> frozenset[str]:
    """Every name under which the log may speak of a pupil on the service days of these instants."""
    found = {pupil_token}
    for day in {service_day_of(instant_ms) for instant_ms in instants_ms}:
        alias = await aliases.alias_of(campus_id, pupil_token, day)
        if alias is not None:
            found.add(alias)
    return frozenset(found)
