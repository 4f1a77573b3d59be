"""Settings of the guardians' door; part of the API's."""

from pydantic import BaseModel, ConfigDict, Field

from schemas.guardianship import PolicyVersion


class GuardianSettings(BaseModel):
    """How guardians come in, and for how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy_version: PolicyVersion = Field("2026-09", description="version of the children's privacy policy in force")
    invitation_days: int = Field(14, ge=1, le=30, description="an invitation is good for so many days")
    session_days: int = Field(180, ge=1, le=366, description="a guardian's session is good for so many days")
    children_max: int = Field(8, ge=1, description="children that one guardian may be bound to")
    shares_max: int = Field(5, ge=1, description="shares of one child's run that may stand at once")
    streams_per_session: int = Field(3, ge=1, description="streams that one session may hold open")
    streams_max: int = Field(5000, ge=1, description="guardians' streams that one process holds open")
    tries_per_min: int = Field(10, ge=1, description="codes that one address may try in a minute")
