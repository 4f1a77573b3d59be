"""Sign-ins that went to the provider and have not come back: each good once, for ten minutes, in one browser."""

import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from schemas.tokens import sha256_of

LIFE_S: Final = 600.0
MOST: Final = 2048


class Departure(NamedTuple):
    """What was sent along, and what only the browser and we know."""

    state: str
    nonce: str
    verifier: str
    browser: str
    """Kept by the browser in a cookie, so that nobody can finish in one browser what began in another."""


class Pending:
    """At most ``MOST``; above it the oldest is forgotten."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._waiting: OrderedDict[str, tuple[Departure, float]] = OrderedDict()

    def depart(self) -> Departure:
        """A fresh one."""
        made = Departure(*(secrets.token_urlsafe(32) for _ in range(4)))
        self._waiting[sha256_of(made.state)] = (made, self._now_s())
        if len(self._waiting) > MOST:
            self._waiting.popitem(last=False)
        return made

    def come_back(self, state: str, browser: str) -> Departure | None:
        """The one of that state and browser, which is thereby over; None: there is none."""
        found = self._waiting.pop(sha256_of(state), None)
        if found is None or self._now_s() - found[1] > LIFE_S:
            return None
        same = hmac.compare_digest(found[0].browser.encode(), browser.encode())
        return found[0] if same else None
