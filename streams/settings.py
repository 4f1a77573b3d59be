"""Settings of the stream workers; part of the one settings object that ``deploy`` makes."""

from pydantic import BaseModel, ConfigDict, Field


class StreamsSettings(BaseModel):
    """How workers share partitions and how often they write."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session_timeout_s: float = Field(6.0, ge=6, description="a silent worker loses its partitions after this time")
    flush_visible_ms: int = Field(150, ge=50, description="longest time before a visible change is written")
    flush_alive_ms: int = Field(5000, ge=100, description="longest time before mere freshness is written")
    stall_s: float = Field(30.0, ge=1, description="lag without progress for this long ends the worker")
