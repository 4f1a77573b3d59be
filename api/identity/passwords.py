"""Passwords: argon2id with m = 19 MiB, t = 2, p = 1 (OWASP's first choice), a few at once, the rest in a short queue.

A flood of sign-ins must not fill the machine: each hash takes 19 MiB and a core for tens of milliseconds.
"""

import asyncio
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.identity.errors import TooManyAttemptsError

PARAMETERS: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NOBODYS: Final = "$argon2id$v=19$m=19456,t=2,p=1$Pxd7kiL4gf8zce8si4aZ+w$aK/OgXWfrz4EFQDfdQ/x88+0H2u118lP/tmtvyAaujc"
"""Verified, in vain, for a login that does not exist: it costs as much as one that does."""
BUSY_S: Final = 2
Result = TypeVar("Result")


class Passwords:
    """Hashes and verifies in ``at_once`` threads; more than ``waiting`` callers in the queue are turned away."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="argon2")
        self._places = threading.Semaphore(at_once + waiting)

    async def encoded(self, password: str) -> str:
        """A fresh argon2id encoding.

        Raises:
            TooManyAttemptsError: too many wait already.
        """
        return await self._run(lambda: PARAMETERS.hash(normal(password)))

    async def is_right(self, password: str, encoded: str | None) -> bool:
        """Whether it is the password of ``encoded``; None takes as long and is never right.

        Raises:
            TooManyAttemptsError: too many wait already.
        """
        right: bool = await self._run(lambda: _verified(encoded or NOBODYS, normal(password)))
        return right and encoded is not None

    def close(self) -> None:
        """End the threads; what waits is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _run(self, work: Callable[[], Result]) -> Result:
        if not self._places.acquire(blocking=False):
            raise TooManyAttemptsError(BUSY_S)
        submitted = self._pool.submit(work)
        submitted.add_done_callback(lambda _done: self._places.release())  # a caller who goes does not end the thread
        return await asyncio.wrap_future(submitted)


def normal(password: str) -> str:
    """One spelling for what looks the same, whatever the keyboard sent (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _verified(encoded: str, password: str) -> bool:
    try:
        return PARAMETERS.verify(encoded, password)
    except (VerificationError, InvalidHashError):
        return False
