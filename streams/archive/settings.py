"""Settings of the archive and of the store that it writes to; part of the one settings object that ``deploy`` makes."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class StoreSettings(BaseModel):
    """Where the ClickHouse store is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str | None = Field(None, description="host of ClickHouse; none: the embedded store is started")
    port: int = Field(9000, ge=1, le=65535, description="port of ClickHouse's native protocol")
    database: str = Field("campanile", pattern=r"^[a-z][a-z0-9_]{0,62}$", description="database of the product")
    user: str = Field("default", description="user of the store")
    password: SecretStr = Field(SecretStr(""), description="password of the store")
    secure: bool = Field(default=False, description="whether to speak TLS")


class ArchiveSettings(BaseModel):
    """How the archive cuts the log into blocks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    block_ms: int = Field(5000, ge=50, description="longest time that a block collects records")
    block_bytes: int = Field(16 << 20, ge=1 << 20, description="a block is written when it has this size")
    snapshot_every_s: float = Field(
        300.0, ge=0.1, description="mean pause between two samples of the state documents; shorter: a quicker past"
    )
    snapshot_window_s: float = Field(5.0, gt=0, description="how much of the state topic a sample reads")
    waiting_bytes: int = Field(128 << 20, ge=1 << 20, description="most that waits in memory, all partitions together")
