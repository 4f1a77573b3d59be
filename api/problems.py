"""Every error as ``application/problem+json``: one renderer, and the handlers that lead to it."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.context import ApiContext
from api.errors import InvalidQueryError, NotFoundError
from schemas.errors import CampanileError
from schemas.metrics import API_DENIED
from schemas.problems import MEDIA_TYPE, Problem

log = structlog.get_logger(__name__)


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """A problem as an answer."""
    return Response(problem.model_dump_json(), problem.status, headers=headers, media_type=MEDIA_TYPE)


def _of_error(error: CampanileError, errors: list[dict[str, Any]] | None = None) -> Problem:
    detail = f"{error.message}；{error.cause}" if error.cause else error.message
    return Problem(
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        code=error.code,
        detail=detail,
        remedy=error.remedy,
        errors=errors or [],
    )


def problem_line(error: CampanileError) -> bytes:
    """The last line of a stream that failed after its first one."""
    return b'{"problem":%b}\n' % _of_error(error).model_dump_json().encode()


async def _on_campanile_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, CampanileError):
        raise error
    if error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):  # what is not found is counted where it is
        context: ApiContext = request.app.state.context
        context.meter.count(API_DENIED, 1, getattr(error, "rule", error.code))
    headers = {}
    retry_after_s = getattr(error, "retry_after_s", None)
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return problem_response(_of_error(error), headers)


async def _on_invalid_request(_request: Request, error: Exception) -> Response:
    """Where and what, never the input: it may not even be encodable."""
    if not isinstance(error, RequestValidationError):
        raise error
    places = [{"loc": [str(part) for part in item["loc"]], "type": item["type"]} for item in error.errors()]
    invalid = InvalidQueryError("参数有误 / a parameter is not acceptable", remedy="GET /docs")
    return problem_response(_of_error(invalid, places))


async def _on_http_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem_response(_of_error(NotFoundError()))
    if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI's word for a body that is no text at all
        return problem_response(
            _of_error(InvalidQueryError("请求体无法解析 / the body cannot be read", remedy="GET /docs"))
        )
    phrase = HTTPStatus(error.status_code).phrase
    problem = Problem(title=phrase, status=error.status_code, code="CAMP-607", detail=phrase, remedy="GET /docs")
    return problem_response(problem, dict(error.headers or {}))


async def _on_fault(_request: Request, error: Exception) -> Response:
    log.error("request_failed", error=type(error).__name__, exc_info=error)
    problem = Problem(
        title="Internal Server Error",
        status=500,
        code="CAMP-600",
        detail="服务内部错误，已记录 / an internal error, written to the log",
        remedy="campanile doctor",
    )
    return problem_response(problem)


def install_problems(app: FastAPI) -> None:
    """Let every error of the app leave as a problem."""
    app.add_exception_handler(CampanileError, _on_campanile_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_fault)


_MEANINGS = {
    401: "no valid token, or a proof that is not accepted",
    403: "the role may not do this",
    404: "no such object, or none that the reader may know of",
    409: "it contradicts what is there",
    410: "it is no longer kept",
    413: "the body is too large",
    422: "a parameter is not acceptable",
    451: "a legal hold keeps it, and nobody may be shown it",
    429: "too many requests or event streams",
    503: "not ready yet",
}


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer, for its OpenAPI description."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"description": _MEANINGS[status], "content": {MEDIA_TYPE: schema}} for status in statuses}
