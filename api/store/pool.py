"""Blocking reads of the store, on behalf of requests: a bounded number at once, each ended when its request is.

A request waits a bounded time for its turn and is then told to come back. clickhouse-driver blocks, and a client
belongs to one thread. A request that goes away hangs up its client, and the server stops working for it.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from clickhouse_driver import Client

from api.errors import StoreFullError
from schemas.metrics import API_HELD_BACK, Meter, NullMeter
from streams.archive.settings import StoreSettings
from streams.archive.store_client import connect, hang_up, translated

ResultT = TypeVar("ResultT")
_AHEAD: Final = 4
"""Chunks that may wait for a slow reader."""
_END: Final = None
_HANG_UP_AGAIN_S: Final = 0.1


class StorePool:
    """Threads that read the store. ``as_bytes`` gives strings as bytes, as the archive's readers want them.

    ``locate`` says where the store is and is asked for each job: a store that moves or comes late is found.
    """

    def __init__(
        self,
        locate: Callable[[], StoreSettings],
        threads: int = 4,
        *,
        wait_s: float = 5.0,
        meter: Meter | None = None,
    ) -> None:
        self._locate = locate
        self._wait_s = wait_s
        self._meter = meter or NullMeter()
        self._free = asyncio.Semaphore(threads)
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="store")

    async def run(self, work: Callable[[Client], ResultT], *, as_bytes: bool = False) -> ResultT:
        """The result of ``work``, done in a thread with a client of its own.

        Raises:
            StoreFullError: no thread became free in time.
            StoreAwayError, StoreRefusedError: see :func:`streams.archive.store_client.translated`.
            UnreachableError: it is not known where the store is.
        """
        async with self._turn():
            store = self._locate()
            client = connect(store, as_bytes=as_bytes)
            job = asyncio.get_running_loop().run_in_executor(self._executor, _work, store, client, work)
            return await _finish(job, client)

    async def stream(
        self, work: Callable[[Client], Iterable[bytes]], *, as_bytes: bool = False
    ) -> AsyncGenerator[bytes, None]:
        """The chunks of ``work`` as they come, a few ahead of the reader at most; closing it ends the work.

        Raises:
            StoreFullError: no thread became free in time.
            StoreAwayError, StoreRefusedError: also after some chunks.
        """
        loop = asyncio.get_running_loop()
        async with self._turn():
            store = self._locate()
            client = connect(store, as_bytes=as_bytes)
            room, gone = threading.Semaphore(_AHEAD), threading.Event()
            arrived: asyncio.Queue[bytes | None] = asyncio.Queue()

            def pump(client: Client) -> None:
                try:
                    for chunk in work(client):
                        room.acquire()
                        if gone.is_set():
                            return
                        loop.call_soon_threadsafe(arrived.put_nowait, chunk)
                finally:
                    loop.call_soon_threadsafe(arrived.put_nowait, _END)

            job = loop.run_in_executor(self._executor, _work, store, client, pump)
            try:
                while (chunk := await arrived.get()) is not _END:
                    yield chunk
                    room.release()
            finally:
                gone.set()
                room.release()
                await _finish(job, client)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """A thread for the block."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError as error:
            self._meter.count(API_HELD_BACK, 1, "store_full")
            raise StoreFullError(self._wait_s) from error
        try:
            yield
        finally:
            self._free.release()

    def close(self) -> None:
        """Take no more work."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def _work(store: StoreSettings, client: Client, work: Callable[[Client], ResultT]) -> ResultT:
    try:
        with translated(store):
            return work(client)
    finally:
        client.disconnect()


async def _finish(job: "asyncio.Future[ResultT]", client: Client) -> ResultT:
    """Wait for the job; when the waiting is cancelled, hang up and wait until the thread is free."""
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        while not job.done():
            hang_up(client)  # more than once: it may have been about to connect
            await asyncio.wait([job], timeout=_HANG_UP_AGAIN_S)
        if not job.cancelled():
            job.exception()  # it broke off, as it was to
        raise
