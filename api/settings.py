"""Settings of the API; part of the one settings object that ``deploy`` makes."""

from pydantic import BaseModel, ConfigDict, Field

from api.guardian.settings import GuardianSettings


class ApiSettings(BaseModel):
    """Where the API listens and how it treats its readers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="address that the API listens on")
    port: int = Field(8481, ge=0, le=65535, description="port of the API; 0: any free one")
    stale_after_s: int = Field(300, ge=1, description="a system not heard from for longer is shown as stale")
    heartbeat_s: float = Field(15.0, gt=0, description="longest silence on an event stream")
    streams_per_viewer: int = Field(10, ge=1, description="event streams that one token may hold open")
    streams_max: int = Field(5000, ge=1, description="event streams that one process holds open; above it 503")
    stream_lifetime_s: float = Field(3600.0, gt=0, description="a stream is ended after this time and resumes")
    stream_queue_frames: int = Field(256, ge=1, description="events that wait for a slow reader before it is cut")
    stream_queue_bytes: int = Field(1 << 20, ge=1 << 10, description="bytes that wait for a slow reader")
    slow_reader_s: int = Field(30, ge=1, description="a connection that takes no bytes for this long is dropped")
    alerts_kept: int = Field(20_000, ge=1, description="alert transitions kept for streams that resume")
    store_threads: int = Field(4, ge=1, le=64, description="reads of the store at once; more of them wait")
    store_wait_s: float = Field(5.0, gt=0, description="a read that gets no turn within this time is answered 503")
    guardian: GuardianSettings = GuardianSettings()
