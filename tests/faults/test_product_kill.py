"""Every process of the product is killed again and again under load: nothing is lost, doubled or told twice."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.faults.live_reader import LiveReader
from tests.faults.product_load import Stage, county_product

pytestmark = [pytest.mark.engine, pytest.mark.slow]

VICTIMS = ("gateway", "streams", "archive", "store", "api", "kafka")
LEAST_EVENTS, MOST_EVENTS = 50, 500
"""Acknowledged between one kill and the next."""


async def kill_in_turn(stage: Stage, faults: int) -> None:
    """Kill everything ``faults`` times, mixed, each time after some more events were acknowledged."""
    dice = random.Random(20_261_124)
    order = list(VICTIMS) * faults
    dice.shuffle(order)
    for name in order:
        await stage.acknowledged(dice.randrange(LEAST_EVENTS, MOST_EVENTS))
        await stage.comes_back(name, stage.product.kill(name))
    await stage.acknowledged(MOST_EVENTS)


async def test_killing_every_process_under_load_loses_doubles_and_repeats_nothing(tmp_path: Path, faults: int) -> None:
    reader = LiveReader()
    with county_product(tmp_path) as stage:
        async with reader.reading(stage.product.running.api, stage.viewer):
            async with stage.under_load():
                await kill_in_turn(stage, faults)
            outcome = await asyncio.to_thread(stage.outcome)
            misread = await reader.wrongs(outcome)
    assert stage.wrongs(outcome) == {}
    assert misread == {}
    assert reader.connections > faults
