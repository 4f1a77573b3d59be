"""The signing keys of this deployment: under its data directory, made at first use."""

from deploy.configuration.settings import Settings
from schemas.clock import WallClock
from streams.archive.signing import SigningKeys


def signing_keys_of(settings: Settings) -> SigningKeys:
    """The keys; a first one is made if there is none.

    Raises:
        KeyFaultError: what is there does not fit together.
    """
    keys = SigningKeys(settings.data_dir / "secrets" / "signing")
    keys.make_first(WallClock().now_ms())
    return keys
