"""What is asked of a replay, and how one is told: the shapes of its requests and answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from api.replay.recipe import MAX_ID, ReplayClock
from schemas.fields import EpochMs
from schemas.registry import Role, ScopeText

MAX_SPEED = 600
Speed = Annotated[int, Field(ge=1, le=MAX_SPEED)] | Literal["max"]
ReplayId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=MAX_ID)]
Purpose = Annotated[str, StringConstraints(min_length=4, max_length=200, strip_whitespace=True)]
_EXAMPLE: JsonDict = {
    "scope": ["consortium:k-421122-01"],
    "systems": ["school_bus", "canteen"],
    "from_ms": 1_795_644_000_000,
    "to_ms": 1_795_651_200_000,
    "clock": "occurred",
    "speed": 60,
    "purpose": "11 月 23 日早晨 3 号车迟到的核查",
}


class ReplayRequest(BaseModel):
    """What to replay. Instants in epoch ms, UTC; ``to_ms`` is exclusive."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    scope: list[ScopeText] = Field(min_length=1, max_length=64, description="consortium:<id>, campus:<id>, area:<id>")
    systems: list[Annotated[str, Field(max_length=64)]] = Field([], max_length=64, description="none: every system")
    from_ms: EpochMs
    to_ms: EpochMs
    clock: ReplayClock = Field("occurred", description="发生 as it was; 接收 received: as it became known")
    speed: Speed = Field(1, description="倍速 / times as fast as life, or `max`")
    paused: bool = False
    states: bool = Field(default=False, description="同时给出各时刻的状态文档 / show the state documents as well")
    states_every_s: int = Field(60, ge=1, le=3_600, description="每隔多少秒 / how far apart, in seconds of the replay")
    purpose: Purpose = Field(description="查看目的 / what for; it is kept in the access record")
    as_role: Role | None = Field(
        None, description="审计员：按此角色当时可见 / auditors: as this role could see it then"
    )
    as_scope: list[ScopeText] = Field([], max_length=64, description="that role's scope")
    as_person: Annotated[str, Field(max_length=64)] | None = Field(None, description="auditors: as this person could")

    @model_validator(mode="after")
    def _makes_sense(self) -> "ReplayRequest":
        if self.from_ms >= self.to_ms:
            raise ValueError("from_ms must be before to_ms")
        if self.as_role and self.as_person:
            raise ValueError("as_role and as_person exclude one another")
        if self.as_role and not self.as_scope:
            raise ValueError("as_role needs as_scope")
        return self


class ReplayChange(BaseModel):
    """What to change; at most one of ``seek_ms``, ``step`` and ``jump``."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [{"speed": 10}]})

    speed: Speed | None = None
    paused: bool | None = None
    seek_ms: EpochMs | None = Field(None, description="跳到时刻 / go on from this instant")
    step: Annotated[int, Field(ge=1, le=10_000)] | None = Field(None, description="单步 / pause, show so many more")
    jump: Literal["next_alert", "previous_alert"] | None = Field(None, description="跳到告警 / to the nearest alert")

    @model_validator(mode="after")
    def _is_one_move(self) -> "ReplayChange":
        if sum(move is not None for move in (self.seek_ms, self.step, self.jump)) > 1:
            raise ValueError("seek_ms, step and jump exclude one another")
        return self


class ReplayState(BaseModel):
    """A replay and where it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    replay_id: str
    stream: str
    """Where to read it: as server-sent events or, by ``Accept``, as JSON lines."""
    from_ms: int
    to_ms: int
    clock: ReplayClock
    campuses: list[str]
    systems: list[str]
    speed: int | Literal["max"]
    paused: bool
    at_ms: int
    shown: int
    """Events shown since the beginning or the last jump."""
    states_every_s: int | None
    """How far apart states are shown along with the events; null: nowhere."""
    horizon: list[int]
    """By partition: how far the archive reached when the replay was made; nothing beyond is shown."""
