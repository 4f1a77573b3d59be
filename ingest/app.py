"""The gateway's ASGI application: the hot path first, documentation and problems for everything else."""

from http import HTTPStatus
from importlib.metadata import version

from fastapi import FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from ingest.body import Receive
from ingest.endpoint import EventsEndpoint, Scope, Send
from ingest.errors import MethodError
from ingest.gateway import Gateway
from ingest.openapi import PATH, document
from schemas.problems import MEDIA_TYPE, Problem


class GatewayApp:
    """Sends ``/v1/events`` straight to its endpoint and the rest to FastAPI."""

    def __init__(self, gateway: Gateway) -> None:
        self._events = EventsEndpoint(gateway)
        self._pages = pages()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] == "http" and scope["path"] == PATH:
            await self._events(scope, receive, send)
        else:
            await self._pages(scope, receive, send)


def pages() -> FastAPI:
    """``/docs`` from own files, ``/v1/openapi.json``, and problems in the one shape for whatever is not there."""
    app = FastAPIOffline(docs_url="/docs", redoc_url=None, openapi_url="/v1/openapi.json", title="Campanile gateway")
    openapi = document(version("campanile"))
    app.openapi = lambda: openapi  # type: ignore[method-assign]  # FastAPI's documented way of having one's own
    app.add_exception_handler(HTTPException, _problem)
    return app


async def _problem(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    problem = Problem(
        title=f"{_TITLES.get(status, '请求被拒绝')} / {status.phrase.lower()}",
        status=status,
        code=MethodError.code,
        remedy=f"POST {PATH}；文档 / documentation: /docs",
    )
    return Response(problem.model_dump_json(), status, headers=error.headers, media_type=MEDIA_TYPE)


_TITLES = {HTTPStatus.NOT_FOUND: "没有这个地址", HTTPStatus.METHOD_NOT_ALLOWED: "不允许此方法"}
