"""Settings of the API; part of the one settings object that ``deploy`` makes."""

from pydantic import BaseModel, ConfigDict, Field


class ApiSettings(BaseModel):
    """Where the API listens and how it treats its readers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="address that the API listens on")
    port: int = Field(8481, ge=0, le=65535, description="port of the API; 0: any free one")
