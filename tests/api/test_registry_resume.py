"""The registry feed opened anew goes on where it stood: no older fact comes back, not even for a moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.registry_feed import RegistryFeed
from schemas.organisation import Organisation
from schemas.registry import Role
from tests.api.support.log import writing
from tests.api.support.waiting import eventually
from tests.api.support.world import viewer

pytestmark = pytest.mark.engine


@asynccontextmanager
async def running(feed: RegistryFeed) -> AsyncIterator[None]:
    task = asyncio.create_task(feed.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_feed_opened_anew_applies_what_is_new_and_nothing_else(kafka_bootstrap: str, prefix: str) -> None:
    organisation = Organisation()
    feed = RegistryFeed(kafka_bootstrap, organisation, prefix)
    async with writing(kafka_bootstrap, prefix) as log:
        await log.fact(viewer("guest", Role.BUREAU, "area:42"))
        await log.fact(viewer("guest", Role.BUREAU, "area:42", revoked=True))
        async with running(feed):
            await eventually(lambda: organisation.version == 2)
        await log.fact(viewer("other", Role.BUREAU, "area:42"))
        async with running(feed):
            await eventually(lambda: len(organisation.viewers) == 2)
    assert organisation.version == 3
