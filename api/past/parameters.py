"""What every question about an instant has, and the instant itself."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.past.asked import AskedEyes
from api.past.errors import NotYetError
from api.past.question import Folding, Instant, PastClock
from api.viewer import Viewer
from schemas.clock import log_time_ms
from schemas.fields import EpochMs
from schemas.registry import Role, ScopeText


class LookParameters(BaseModel):
    """By which clock, with whose eyes and why."""

    model_config = ConfigDict(extra="forbid")

    clock: PastClock = Field(
        PastClock.KNOWN,
        description="known：当时所知 / as known then; was：今日所知的当时 / as it was, by all known today",
    )
    purpose: Annotated[str, Field(min_length=4, max_length=200)] | None = Field(
        None, description="查询目的，记入访问日志 / what for; it goes into the record of access"
    )
    as_role: Role | None = Field(None, description="审计：以此角色查看 / auditors: with the eyes of this role")
    as_scope: list[ScopeText] = Field(
        [], max_length=8, description="该角色的范围 / that role's scope: `consortium:…`, `campus:…`, `area:…`"
    )
    as_person: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="审计：以此人查看 / auditors: with this person's eyes"
    )

    @property
    def eyes(self) -> AskedEyes:
        """Whose eyes are asked for."""
        return AskedEyes(self.as_role, tuple(self.as_scope), self.as_person)


class InstantParameters(LookParameters):
    """One instant."""

    at: EpochMs = Field(description="时刻 / the instant, epoch ms, UTC")


def instant_of(viewer: Viewer, at_ms: int) -> Instant:
    """The instant on both clocks.

    Raises:
        NotYetError: it lies in the future.
    """
    if at_ms > viewer.at_ms:
        raise NotYetError
    return Instant(at_ms, log_time_ms(viewer.api.clock, at_ms))


def folding_of(viewer: Viewer) -> Folding:
    """What this process folds the past with: what the live workers fold with."""
    return Folding(viewer.api.systems, viewer.api.view.positions.partitions)
