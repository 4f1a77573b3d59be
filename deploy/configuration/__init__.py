"""Settings: one frozen object, made once per process from defaults, a file and the environment."""

from deploy.configuration.loading import load_settings
from deploy.configuration.settings import Settings

__all__ = ["Settings", "load_settings"]
