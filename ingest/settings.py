"""Settings of the gateway; part of the one settings object that ``deploy`` makes."""

from pydantic import BaseModel, ConfigDict, Field


class GatewaySettings(BaseModel):
    """Where the gateway listens, how long it collects, and how much it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="address that the gateway listens on")
    port: int = Field(8480, ge=0, le=65535, description="port of the gateway; 0: any free one")
    window_ms: int = Field(20, ge=0, le=1000, description="longest time that a frame collects events")
    max_frame_bytes: int = Field(1 << 20, ge=1 << 17, le=4 << 20, description="a frame is sent when it has this size")
    max_held_bytes: int = Field(
        64 << 20, ge=16 << 20, description="bytes admitted and not yet acknowledged; above it 503"
    )
    body_deadline_s: float = Field(8.0, gt=0, le=10, description="time in which a request's body must have arrived")
    ack_timeout_s: float = Field(6.0, gt=0, le=60, description="time that a request waits for Kafka; then 503")
    delivery_timeout_s: float = Field(8.0, gt=1, le=120, description="time after which an unacknowledged frame failed")
    rate_events_per_s: float = Field(200_000, gt=0, description="events a second that one token may send, per process")
    rate_burst_events: int = Field(400_000, ge=10_000, description="events that one token may send at once")
    remembered_events: int = Field(
        200_000, ge=0, description="acknowledged events remembered, so that one sent again is answered as duplicate"
    )
    remembered_pupils: int = Field(20_000, ge=1, description="data keys of pupils that a gateway keeps at hand")
