"""Everything that signing in works with: made once by the composition root, found at ``ApiContext.identity``."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from api.identity.attempts import Attempts
from api.identity.log import IdentityLog, UnwritableLog
from api.identity.oidc.provider import Provider
from api.identity.passwords import Passwords
from api.identity.rate import Rate
from api.identity.settings import IdentitySettings
from api.identity.setup import SetupCode
from api.identity.standing import Remembered
from api.identity.uses import Uses
from api.identity.vault import Vault
from schemas.clock import Clock, WallClock
from schemas.identity import AnyIdentityFact, Session, User
from schemas.identity_fold import Identity
from schemas.ids import TokenId, UserId


@dataclass(frozen=True)
class IdentityServices:
    """The parts; ``facts`` is kept current by whoever reads the topic."""

    settings: IdentitySettings
    facts: Identity
    log: IdentityLog
    passwords: Passwords
    attempts: Attempts
    vault: Vault
    uses: Uses
    setup_code: SetupCode
    requests: Rate
    """Of sessions and tokens that stand."""
    strangers: Rate
    """Of addresses that showed nothing that stands."""
    costly: Rate
    """Of people and programs, when what they ask reads the archive."""
    provider: Provider | None
    now_s: Callable[[], float] = time.monotonic
    steps: dict[UserId, int] = field(default_factory=dict)
    """The newest time step taken of each user, known before the log has it."""
    spent: set[str] = field(default_factory=set)
    """Hashes of recovery codes taken, known before the log has it."""
    remembered: Remembered = field(default_factory=dict)
    """Principals of sessions and tokens, made before."""
    making: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a login is looked up and taken, so that no two users get the same one."""
    is_held: Callable[[TokenId], bool] = lambda _session_id: False
    """Whether a session has a stream of events open: somebody looks at it, though they ask for nothing."""

    @classmethod
    def make(  # noqa: PLR0913 — what only the composition root knows
        cls,
        settings: IdentitySettings,
        facts: Identity,
        identity_log: IdentityLog,
        *,
        clock: Clock,
        seal_secret: bytes,
        setup_file: Path,
        is_held: Callable[[TokenId], bool] = lambda _session_id: False,
    ) -> Self:
        """The parts by these settings; threads start with the first password, connections with the first need."""
        return cls(
            settings=settings,
            facts=facts,
            log=identity_log,
            passwords=Passwords(settings.hashes_at_once, settings.hashes_waiting),
            attempts=Attempts(settings),
            vault=Vault(seal_secret),
            uses=Uses(facts, identity_log, clock),
            setup_code=SetupCode(setup_file),
            requests=Rate(settings.requests_per_min),
            strangers=Rate(settings.strangers_per_min),
            costly=Rate(settings.costly_per_min),
            provider=Provider(settings.oidc, settings.public_url) if settings.oidc.issuer else None,
            is_held=is_held,
        )

    @classmethod
    def none(cls) -> Self:
        """Of a process in which nobody can sign in; viewer tokens work all the same."""
        unwritable = UnwritableLog()
        return cls.make(
            IdentitySettings(),
            Identity(),
            unwritable,
            clock=WallClock(),
            seal_secret=os.urandom(32),
            setup_file=Path(os.devnull) / "none",
        )

    def note_use(self, token_id: TokenId, at_ms: int) -> None:
        """The session of that id, if it is one, was looked at until now."""
        if self.facts.get(Session, token_id) is not None:
            self.uses.note(token_id, at_ms)

    def has_users(self) -> bool:
        """Whether the first start is over."""
        return bool(self.facts.all(User))

    async def write(self, *facts: AnyIdentityFact, withdrawn: tuple[str, ...] = ()) -> None:
        """Append facts, then withdrawals; see :class:`IdentityLog`."""
        await self.log.write(facts, withdrawn)

    async def close(self) -> None:
        """End threads and connections."""
        self.passwords.close()
        if self.provider is not None:
            await self.provider.close()
