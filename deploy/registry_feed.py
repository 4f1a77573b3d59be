"""Keeps an :class:`Organisation` current from ``campus.registry``, inside the event loop of its process."""

from deploy.fact_feed import FactFeed
from schemas.organisation import Organisation
from schemas.topics import REGISTRY


class RegistryFeed(FactFeed):
    """Reads the registry from its beginning and then follows it; ``is_caught_up`` once the end was reached."""

    def __init__(self, bootstrap: str, organisation: Organisation, prefix: str = "") -> None:
        super().__init__(bootstrap, organisation, REGISTRY, prefix)
        self.organisation = organisation
