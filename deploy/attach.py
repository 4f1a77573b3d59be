"""Which deployment a command speaks to: the one that the settings name, or the one that runs on the data directory."""

from dataclasses import dataclass

from deploy.configuration import Settings, load_settings
from deploy.running import Running, find_running, require_running


@dataclass(frozen=True)
class Attached:
    """A deployment as a command sees it."""

    settings: Settings
    bootstrap: str
    running: Running | None
    """None: its processes are run by somebody else."""


def attach() -> Attached:
    """Find the deployment. One that runs here is spoken to with its own prefix, partitions and clock.

    Raises:
        UnreachableError: Kafka is not named, and nothing runs on the data directory.
    """
    settings = load_settings()
    if settings.kafka.bootstrap:
        return Attached(settings, settings.kafka.bootstrap, find_running(settings.data_dir))
    running = require_running(settings)
    return Attached(Settings(**running.settings), running.bootstrap, running)
