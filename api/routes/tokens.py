"""``/v1/tokens``: a user's own tokens for programs."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from api.errors import NotFoundError
from api.identity.api_tokens import WantedToken, make_token, revoke_token
from api.identity.shapes import NewTokenBody, TokenMade, Tokens, TokenView
from api.identity.signed_in import PersonDep
from api.problems import declared

router = APIRouter(tags=["tokens"])


@router.get("/v1/tokens", summary="我的令牌 / my tokens", responses=declared(401, 403, 429, 503))
async def tokens(person: PersonDep) -> Tokens:
    """Every API token of the caller, newest first."""
    held = person.services.facts.api_tokens_of(person.user.user_id)
    newest_first = sorted(held, key=lambda token: (-token.created_ms, token.token_id))
    return Tokens(tokens=[TokenView.of(token) for token in newest_first])


@router.post(
    "/v1/tokens",
    summary="新建令牌 / make a token",
    status_code=HTTPStatus.CREATED,
    responses=declared(401, 403, 422, 429, 503),
)
async def make(person: PersonDep, body: NewTokenBody) -> TokenMade:
    """A token that acts in the chosen appointment, within its scope and not beyond its end; its text is shown once."""
    person.require_strong()
    wanted = WantedToken(body.name, body.days, frozenset(body.scope))
    text, token = await make_token(person.services, person.user, person.appointment, wanted, person.at_ms)
    return TokenMade(text=text, token=TokenView.of(token))


@router.delete(
    "/v1/tokens/{token_id}",
    summary="吊销令牌 / revoke a token",
    status_code=HTTPStatus.NO_CONTENT,
    responses=declared(401, 403, 404, 422, 429, 503),
)
async def revoke(person: PersonDep, token_id: Annotated[str, Path(max_length=64)]) -> None:
    """Revoke one of one's own tokens; its event streams end within a second."""
    if not await revoke_token(person.services, person.user, token_id):
        person.denied("user/token.revoke/not_own")
        raise NotFoundError
