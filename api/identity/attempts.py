"""Brakes on guessing, made so that they cannot be used to keep somebody else out for long.

Failures are counted per login and address together, per address, and per login. Only the last could lock out a person
who did nothing; it lasts less than a minute, and it does not bind an address from which that login has succeeded.
Logins are kept as hashes.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from api.identity.errors import TooManyAttemptsError
from api.identity.rate import Rate
from api.identity.settings import IdentitySettings

KNOWN_MAX: Final = 16_384


class Attempts:
    """The failures of this process."""

    def __init__(self, settings: IdentitySettings, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._pairs = Rate(settings.failures_per_pair)
        self._addresses = Rate(settings.failures_per_address)
        self._logins = Rate(settings.failures_per_login)
        self._known: OrderedDict[str, None] = OrderedDict()

    def admit(self, login: str, address: str) -> None:
        """Let an attempt pass.

        Raises:
            TooManyAttemptsError: it must wait.
        """
        now_s, who = self._now_s(), _hidden(login)
        pair = f"{who}@{address}"
        waits = [self._pairs.wait_s(pair, now_s), self._addresses.wait_s(address, now_s)]
        if pair not in self._known:
            waits.append(self._logins.wait_s(who, now_s))
        if any(waits):
            raise TooManyAttemptsError(max(waits))

    def failed(self, login: str, address: str) -> None:
        """Count a failure."""
        now_s, who = self._now_s(), _hidden(login)
        self._pairs.spend(f"{who}@{address}", now_s)
        self._addresses.spend(address, now_s)
        self._logins.spend(who, now_s)

    def succeeded(self, login: str, address: str) -> None:
        """Forget the failures of the pair, and know it from now on."""
        pair = f"{_hidden(login)}@{address}"
        self._pairs.forgive(pair)
        self._known[pair] = None
        self._known.move_to_end(pair)
        if len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)


def _hidden(login: str) -> str:
    return hashlib.sha256(login.lower().encode()).hexdigest()[:32]
