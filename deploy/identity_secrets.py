"""Files of a deployment that signing in needs, under ``<data_dir>/secrets``, mode 600, made at first use."""

from pathlib import Path

from deploy.configuration.settings import Settings
from deploy.supervisor.secret import secret_file


def seal_secret_of(settings: Settings) -> bytes:
    """What second factors are sealed with; who loses the file makes every user enrol anew."""
    return secret_file(_secrets(settings) / "second-factor.key").read_bytes().strip()


def setup_code_file(settings: Settings) -> Path:
    """Where the code of the first start lies, while there is one."""
    return _secrets(settings) / "setup-code"


def _secrets(settings: Settings) -> Path:
    return settings.data_dir.resolve() / "secrets"
