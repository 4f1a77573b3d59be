"""The seam to ``campus.identity``: what the API writes about users, sessions and tokens."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from schemas.errors import UnreachableError
from schemas.identity import AnyIdentityFact


class IdentityLog(Protocol):
    """Appends facts, in order."""

    async def write(self, facts: Sequence[AnyIdentityFact], withdrawn: Iterable[str] = ()) -> None:
        """Append facts and then withdrawals of keys; return when the log has them and this process knows them.

        Raises:
            UnreachableError: the log did not acknowledge all of them; writing them again is harmless.
        """
        ...


class UnwritableLog:
    """The log of a process that only reads: it refuses every write."""

    async def write(self, facts: Sequence[AnyIdentityFact], withdrawn: Iterable[str] = ()) -> None:  # noqa: ARG002 — the seam's signature
        """Refuse.

        Raises:
            UnreachableError: always.
        """
        raise UnreachableError("账号数据不可写 / accounts cannot be written", cause="this process has no log")
