"""The key that seals the ids of replays: a file of the deployment, so an id outlives a restart."""

from hashlib import sha256

from deploy.configuration.settings import Settings
from deploy.supervisor.secret import secret_file


def replay_key_of(settings: Settings) -> bytes:
    """32 bytes, made at first use; processes on other machines need the same ``secrets/replay.key``.

    Raises:
        OSError: the data directory cannot be written or read.
    """
    path = secret_file(settings.data_dir / "secrets" / "replay.key")
    return sha256(path.read_bytes().strip()).digest()
