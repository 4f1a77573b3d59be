"""The first error that must end the process; whoever finds one reports it here and does nothing more."""

import asyncio
from typing import NoReturn


class Failure:
    """Set once; later reports are consequences of the first and are dropped."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self._set = asyncio.Event()

    def report(self, error: BaseException) -> None:
        """Say what happened."""
        if self.error is None:
            self.error = error
            self._set.set()

    async def wait(self) -> BaseException:
        """Return the error as soon as there is one."""
        await self._set.wait()
        assert self.error is not None  # noqa: S101 — the event is set only after the error
        return self.error

    async def park(self, error: BaseException) -> NoReturn:
        """Report and never return: for a consumer that would acknowledge its record if it returned."""
        self.report(error)
        await asyncio.Event().wait()
        raise AssertionError
