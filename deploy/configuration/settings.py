"""Every setting of the product, by component. Unknown keys are refused, secrets are typed as such.

Precedence: environment ``CAMPANILE_…`` (``__`` between levels; ``…_FILE`` names a file that holds the value) over the
TOML file of ``--config`` over the defaults below.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from api.identity.settings import IdentitySettings
from api.settings import ApiSettings
from deploy.configuration.sources import EnvironmentSource
from ingest.settings import GatewaySettings
from schemas.clock import Clock, ScaledClock, WallClock
from streams.archive.settings import ArchiveSettings, StoreSettings
from streams.settings import StreamsSettings


class Group(BaseModel):
    """Base of a group of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class KafkaSettings(Group):
    """Where the log is."""

    bootstrap: str | None = Field(None, description="host:port of Kafka; none: the embedded one is started")
    replication_factor: int = Field(1, ge=1, description="copies of each partition; 3 on a cluster")


class EmbeddedSettings(Group):
    """The Kafka and the store that the product starts by itself."""

    kafka_port: int = Field(0, ge=0, le=65535, description="0: any free port")
    kafka_heap_mb: int = Field(384, ge=128, description="largest heap of the Java machine")
    kafka_flush_interval_ms: int = Field(1000, ge=10, description="longest time before appended data is forced to disk")
    jars_dir: Path = Field(Path(".cache/kafka"), description="where the jars are kept, each checked by its SHA-256")
    mirror: str | None = Field(None, description="base address of a Maven repository to fetch the jars from")
    store_port: int = Field(0, ge=0, le=65535, description="0: any free port")
    store_max_clients: int = Field(64, ge=1, le=1024, description="connections that the embedded store takes at once")
    store_memory_mb: int = Field(1024, ge=256, description="memory that queries and inserts may take together")


class ClockSettings(Group):
    """A clock of one's own, for demonstrations; without an origin the machine's clock is used."""

    wall_origin_ms: int | None = Field(None, description="wall time at which the scaled clock shows origin_ms")
    origin_ms: int | None = Field(None, description="epoch ms that the scaled clock shows at wall_origin_ms")
    speed: float = Field(1.0, ge=0.1, le=600, description="how fast the scaled clock runs")

    def build(self) -> Clock:
        """The clock of this process."""
        if self.wall_origin_ms is None or self.origin_ms is None:
            return WallClock()
        return ScaledClock(self.wall_origin_ms, self.origin_ms, self.speed)

    def wall_ms(self, instant_ms: int) -> int:
        """The machine's time at which the clock shows ``instant_ms``; Kafka stamps its records with that time."""
        if self.wall_origin_ms is None or self.origin_ms is None:
            return instant_ms
        return self.wall_origin_ms + int((instant_ms - self.origin_ms) / self.speed)


class OpsSettings(Group):
    """Where a process answers ``/livez``, ``/readyz`` and ``/metrics``."""

    host: str = Field("127.0.0.1", description="address of the health and metrics server")
    port: int = Field(0, ge=0, le=65535, description="its port; 0: any free one")


class PrivacySettings(Group):
    """Where the keys of pupils are kept: outside of the log, on this machine, readable by its owner alone."""

    key_store_file: Path | None = Field(None, description="SQLite file; none: secrets/pupil-keys.sqlite in data_dir")
    master_key_file: Path | None = Field(
        None, description="file with the key that wraps all others; none: secrets/pupil-keys.master in data_dir"
    )


class RetentionSettings(Group):
    """When what is past its time goes by itself: see :mod:`deploy.retention.daily`."""

    daily: bool = Field(True, description="apply retention once a day; off: `campanile retention apply` alone does it")
    hour: int = Field(3, ge=0, le=23, description="from which hour on (Asia/Shanghai)")


class SupervisorSettings(Group):
    """How `campanile up` runs the processes."""

    gateways: int = Field(1, ge=1, le=32, description="gateway processes sharing the gateway's port")
    workers: int = Field(1, ge=1, le=32, description="stream workers sharing the partitions")
    stop_s: float = Field(10.0, gt=0, description="time that a process has to stop before it is killed")
    backoff_max_s: float = Field(15.0, gt=0, description="longest pause before a failed process is started again")


class Settings(BaseSettings):
    """The whole of it. Frozen: made once by `load_settings` and passed down."""

    model_config = SettingsConfigDict(
        env_prefix="CAMPANILE_", env_nested_delimiter="__", frozen=True, extra="forbid", validate_default=True
    )

    data_dir: Path = Field(Path("var"), description="everything that the embedded services keep")
    prefix: str = Field("", pattern=r"^[a-z0-9._-]{0,32}$", description="put before topic, group and transaction names")
    partitions: int = Field(8, ge=1, le=1024, description="partitions of the log; fixed for the life of a deployment")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")
    kafka: KafkaSettings = KafkaSettings()
    store: StoreSettings = StoreSettings()
    embedded: EmbeddedSettings = EmbeddedSettings()
    ops: OpsSettings = OpsSettings()
    clock: ClockSettings = ClockSettings()
    gateway: GatewaySettings = GatewaySettings()
    streams: StreamsSettings = StreamsSettings()
    archive: ArchiveSettings = ArchiveSettings()
    api: ApiSettings = ApiSettings()
    identity: IdentitySettings = IdentitySettings()
    supervisor: SupervisorSettings = SupervisorSettings()
    privacy: PrivacySettings = PrivacySettings()
    retention: RetentionSettings = RetentionSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 — replaced by our own, which also reads `…_FILE`
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 — a working directory must not configure us
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 — replaced by `…_FILE`
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments over environment over file over defaults."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=os.environ.get("CAMPANILE_CONFIG"))
        return (init_settings, EnvironmentSource(settings_cls), file)
