"""Where the store of this deployment is: as set, or as the running deployment says."""

from pathlib import Path

from pydantic import SecretStr

from deploy.configuration.settings import Settings
from deploy.running import require_running
from schemas.errors import ConfigurationError
from streams.archive.settings import StoreSettings


def store_of(settings: Settings) -> StoreSettings:
    """Address and password of the store.

    Raises:
        UnreachableError: the store is embedded and no deployment is running on this data directory.
        ConfigurationError: its password file cannot be read.
    """
    if settings.store.host is not None:
        return settings.store
    running = require_running(settings)
    try:
        password = Path(running.store_password_file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(
            f"无法读取 {running.store_password_file} / the store's password cannot be read",
            cause=str(error),
            remedy="run the command as the user that runs Campanile",
        ) from error
    update = {"host": running.store_host, "port": running.store_port, "password": SecretStr(password)}
    return settings.store.model_copy(update=update)
