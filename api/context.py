"""What the routes work with: made once by the composition root, handed to the app."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any

from api.access.journal import Journal, NoJournal
from api.access.refusals import Refusals
from api.guardian.door import GuardianDoor
from api.identity.services import IdentityServices
from api.live.hub import Hub
from api.live.view import LiveView
from api.privacy.holds import LegalHolds, UnknownHolds
from api.proof.kept import KeptBlocks
from api.registry_writer import FactWriter, NoFacts
from api.replay.desk import Desk
from api.settings import ApiSettings
from api.store.pool import StorePool
from ingest.privacy.keyring import Keyring
from schemas.clock import Clock
from schemas.ids import SystemName
from schemas.metrics import Meter
from schemas.organisation import Organisation
from streams.archive.signing import SigningKeys
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
    refusals: Refusals = field(default_factory=Refusals)
    """Refused requests that are not on record yet."""
    registry: FactWriter = field(default_factory=NoFacts)
    """Where facts of the organisation are written."""
    identity: IdentityServices = field(default_factory=IdentityServices.none)
    """Signing in."""
    guardians: GuardianDoor = field(default_factory=GuardianDoor)
    """The guardians' door."""
    keyring: Keyring | None = None
    """Pupils' keys; None: nothing that is sealed can be opened or erased here."""
    holds: LegalHolds = field(default_factory=UnknownHolds)
    """The legal holds under which nothing of pupils is destroyed."""
    replays: Desk = field(default_factory=lambda: Desk(token_bytes(32)))
    """The replays that this process runs."""
    signing: SigningKeys | None = None
    """The keys that sign what is handed out as evidence."""
    proven: KeptBlocks = field(default_factory=KeptBlocks)
    """Blocks of the archive that events were proven from."""
    checks: Mapping[str, Callable[[], bool]] = field(default_factory=dict)
    """What must hold before content is answered, by name."""

    def is_ready(self) -> bool:
        """Whether every check holds."""
        return all(check() for check in self.checks.values())
