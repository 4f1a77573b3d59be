"""Settings of the gateway; part of the one settings object that ``deploy`` makes."""

from pydantic import BaseModel, ConfigDict, Field


class GatewaySettings(BaseModel):
    """Where the gateway listens, how long it collects, and how much it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="address that the gateway listens on")
    port: int = Field(8480, ge=0, le=65535, description="port of the gateway; 0: any free one")
    window_ms: int = Field(20, ge=0, le=1000, description="longest time that a frame collects events")
    max_frame_bytes: int = Field(1 << 20, ge=1 << 10, le=4 << 20, description="a frame is sent when it has this size")
    max_held_bytes: int = Field(
        64 << 20, ge=1 << 20, description="bytes admitted and not yet acknowledged; above it 503"
    )
