import asyncio
import threading
from collections.abc import Iterator

import pytest
from clickhouse_driver import Client

from api.errors import StoreFullError
from api.store.pool import StorePool
from schemas.metrics import API_HELD_BACK
from streams.archive.settings import StoreSettings
from streams.archive.store_client import StoreAwayError, rows
from tests.api.support.counting import CountingMeter

pytestmark = pytest.mark.engine
NUMBERS = "SELECT number FROM system.numbers LIMIT {}"


async def test_work_gets_a_client_of_its_own_and_its_result_comes_back(database: StoreSettings) -> None:
    pool = StorePool(lambda: database, threads=2)
    found = await asyncio.gather(*(pool.run(lambda client: rows(client, "SELECT 1 + 1")) for _ in range(5)))
    assert found == [[(2,)]] * 5
    pool.close()


async def test_chunks_come_as_they_are_made_and_stop_when_the_reader_leaves(database: StoreSettings) -> None:
    pool, made = StorePool(lambda: database, threads=1), []

    def chunks(client: Client) -> Iterator[bytes]:
        for (number,) in client.execute_iter(NUMBERS.format(100_000), settings={"max_block_size": 10}):
            made.append(number)
            yield b"%d" % number

    stream = pool.stream(chunks)
    assert [await anext(stream) for _ in range(3)] == [b"0", b"1", b"2"]
    await stream.aclose()
    assert len(made) < 100
    assert await pool.run(lambda client: rows(client, "SELECT 3")) == [(3,)]
    pool.close()


async def test_request_that_goes_away_frees_its_thread(database: StoreSettings) -> None:
    pool = StorePool(lambda: database, threads=1)
    endless = "SELECT count() FROM system.numbers WHERE number % 7 = 8"
    slow = asyncio.create_task(pool.run(lambda client: rows(client, endless)))
    await asyncio.sleep(0.2)
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert await asyncio.wait_for(pool.run(lambda client: rows(client, "SELECT 4")), 60) == [(4,)]
    pool.close()


async def test_read_that_gets_no_turn_is_told_to_come_back_and_counted(database: StoreSettings) -> None:
    meter = CountingMeter()
    pool = StorePool(lambda: database, threads=1, wait_s=0.05, meter=meter)
    held, let_go = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hold(client: Client) -> list[tuple[int]]:
        loop.call_soon_threadsafe(held.set)
        let_go.wait(60)
        return rows(client, "SELECT 5")

    first = asyncio.create_task(pool.run(hold))
    await held.wait()
    with pytest.raises(StoreFullError) as refused:
        await pool.run(lambda client: rows(client, "SELECT 6"))
    with pytest.raises(StoreFullError):
        await anext(pool.stream(lambda _client: [b"7"]))
    assert (refused.value.code, refused.value.status, refused.value.retry_after_s) == ("CAMP-609", 503, 5)
    assert meter.counts[API_HELD_BACK.name, ("store_full",)] == 2
    let_go.set()
    assert await first == [(5,)]
    assert await pool.run(lambda client: rows(client, "SELECT 8")) == [(8,)]
    pool.close()


async def test_store_that_is_away_is_said_to_be_away() -> None:
    pool = StorePool(lambda: StoreSettings(host="127.0.0.1", port=9))
    with pytest.raises(StoreAwayError):
        await pool.run(lambda client: rows(client, "SELECT 1"))
    pool.close()
