"""The FastAPI application, made from a context; nothing is connected or read by making it."""

from typing import Any

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api.bounded_body import BoundedBody
from api.context import ApiContext
from api.observed import Observed
from api.problems import install_problems
from api.routes import (
    access,
    alerts,
    campuses,
    consortia,
    exports,
    grants,
    guardian,
    guardian_copy,
    health,
    history,
    invitations,
    live,
    logbook,
    oidc,
    organisation,
    past,
    privacy,
    proof,
    replay,
    rules,
    session,
    setup,
    share,
    tokens,
    unsealing,
    users,
)
from schemas.problems import Problem

DESCRIPTION = """
钟楼实时接口 / the live view of school consortia.

Bearer tokens (`cvt_…`) carry a role and a scope; what lies outside of the scope does not exist. Instants are epoch
milliseconds, UTC. Errors are `application/problem+json` with a code `CAMP-nnn`.
"""


def create_app(context: ApiContext) -> FastAPI:
    """The application over a context."""
    app: FastAPI = FastAPIOffline(
        title="Campanile 钟楼",
        version="1",
        description=DESCRIPTION,
        docs_url="/docs",
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.context = context
    for module in (
        organisation,
        grants,
        consortia,
        campuses,
        alerts,
        rules,
        live,
        history,
        exports,
        logbook,
        past,
        privacy,
        unsealing,
        replay,
        proof,
        health,
    ):
        app.include_router(module.router)
    for module in (session, setup, users, tokens, oidc, guardian, guardian_copy, invitations, share, access):
        app.include_router(module.router)
    install_problems(app)
    app.add_middleware(BoundedBody)
    app.add_middleware(Observed, meter=context.meter)
    _declare_problem(app)
    return app


def _declare_problem(app: FastAPI) -> None:
    """Put the shape of a problem into the document, which no route returns by type, and drop FastAPI's own."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document
