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


def first_start_rows(settings: Settings) -> list[tuple[str, str]]:
    """What to tell the operator while nobody may sign in: the code that makes the first administrator."""
    path = setup_code_file(settings)
    if not path.exists():
        return []
    code = path.read_text(encoding="utf-8").strip()
    return [("初始化 / setup", f"{code}   (POST /v1/setup, 只用一次 / good once)")]


def _secrets(settings: Settings) -> Path:
    return settings.data_dir.resolve() / "secrets"
