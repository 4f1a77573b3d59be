"""The keyring of this deployment: where the settings say, or under the data directory's secrets."""

from deploy.configuration.settings import Settings
from ingest.privacy.keyring import Keyring, open_keyring


def keyring_of(settings: Settings) -> Keyring:
    """The keyring; its two files are made at first use.

    Raises:
        KeysAwayError: the key store can be neither made nor opened.
        KeysFaultError: the master key does not fit.
    """
    secrets = settings.data_dir / "secrets"
    return open_keyring(
        settings.privacy.key_store_file or secrets / "pupil-keys.sqlite",
        settings.privacy.master_key_file or secrets / "pupil-keys.master",
    )
