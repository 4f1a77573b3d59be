"""What the routes work with: made once by the composition root, handed to the app."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.access.journal import Journal, NoJournal
from api.identity.services import IdentityServices
from api.live.hub import Hub
from api.live.view import LiveView
from api.settings import ApiSettings
from api.store.pool import StorePool
from schemas.clock import Clock
from schemas.ids import SystemName
from schemas.metrics import Meter
from schemas.organisation import Organisation
from streams.core.system import System


@dataclass(frozen=True)
class ApiContext:
    """One API process."""

    settings: ApiSettings
    facts: Organisation
    view: LiveView
    hub: Hub
    clock: Clock
    meter: Meter
    systems: Mapping[SystemName, System[Any]]
    """The campus systems, for their names and their rule books."""
    store: StorePool
    """Reads of the archive."""
    journal: Journal = field(default_factory=NoJournal)
    """The record of who looked at what."""
    identity: IdentityServices = field(default_factory=IdentityServices.none)
    """Signing in."""
    checks: Mapping[str, Callable[[], bool]] = field(default_factory=dict)
    """What must hold before content is answered, by name."""

    def is_ready(self) -> bool:
        """Whether every check holds."""
        return all(check() for check in self.checks.values())
