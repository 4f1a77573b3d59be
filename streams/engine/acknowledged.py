"""Waits for everything that was handed to a producer, so that no failure stays unseen behind the first one."""

import asyncio
from collections.abc import Sequence


async def acknowledged(sent: "Sequence[asyncio.Future[object]]") -> None:
    """Return once all are acknowledged.

    Raises:
        KafkaError: the first that was not.
    """
    outcomes = await asyncio.gather(*sent, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
