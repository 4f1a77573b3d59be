"""Work that ends with its request: nothing is read for somebody who has gone."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import StreamingResponse

from api.history.errors import ReaderGoneError

T = TypeVar("T")


async def attended(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, which is cancelled when the client hangs up. For requests without a body.

    Raises:
        ReaderGoneError: the client hung up; nobody will see the answer.
    """
    job, gone = asyncio.create_task(work), asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({job, gone}, return_when=asyncio.FIRST_COMPLETED)
        if job.done():
            return job.result()
        raise ReaderGoneError
    finally:
        for task in (job, gone):
            task.cancel()
        await asyncio.gather(job, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def streamed(
    request: Request, chunks: AsyncGenerator[bytes, None], media_type: str, headers: dict[str, str] | None = None
) -> StreamingResponse:
    """An answer whose errors before its first byte are still answered as problems."""
    first = await attended(request, _first(chunks))

    async def body() -> AsyncGenerator[bytes, None]:
        try:
            if first is not None:
                yield first
                async for chunk in chunks:
                    yield chunk
        finally:
            await chunks.aclose()

    return StreamingResponse(body(), media_type=media_type, headers=headers)


async def _first(chunks: AsyncGenerator[bytes, None]) -> bytes | None:
    return await anext(chunks, None)
