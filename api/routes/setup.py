"""``/v1/setup`` makes the first administrator; ``/v1/activation`` lets an invited user set a password."""

from http import HTTPStatus

from fastapi import APIRouter

from api.errors import NotFoundError
from api.identity.accounts import NewUser, activate, set_up, view_of
from api.identity.errors import ActivationRefusedError, SetupRefusedError
from api.identity.shapes import ActivationBody, SetupBody, SetupNeeded, UserView
from api.identity.signed_in import Caller, CallerDep
from api.problems import declared

router = APIRouter(tags=["setup"])


@router.get("/v1/setup", summary="是否需要初始化 / is set-up needed", responses=declared(404, 503))
async def setup_needed(caller: CallerDep) -> SetupNeeded:
    """Answered while nobody may sign in; afterwards there is no such thing."""
    _require_first_start(caller)
    return SetupNeeded()


@router.post(
    "/v1/setup",
    summary="创建首个管理员 / make the first administrator",
    status_code=HTTPStatus.CREATED,
    responses=declared(403, 404, 422, 429, 503),
)
async def setup(caller: CallerDep, body: SetupBody) -> UserView:
    """Make the first administrator by the code that `campanile up` printed. It works once."""
    _require_first_start(caller)
    services = caller.services
    failures = f"/setup@{caller.address}"  # of each address alone: nobody keeps others out
    services.attempts.admit(failures, caller.address)
    wanted = NewUser(body.login)
    try:
        user = await set_up(
            services, body.code.get_secret_value(), wanted, body.password.get_secret_value(), caller.at_ms
        )
    except SetupRefusedError:
        services.attempts.failed(failures, caller.address)
        raise
    return view_of(user, services.facts)


@router.post(
    "/v1/activation",
    summary="设置密码 / set a password by invitation",
    status_code=HTTPStatus.NO_CONTENT,
    responses=declared(403, 422, 429, 503),
)
async def activation(caller: CallerDep, body: ActivationBody) -> None:
    """Set the first or a new password by the code that an administrator handed over; the code is used up by it."""
    services = caller.services
    failures = f"/activation@{caller.address}"  # of each address alone: nobody keeps others out
    services.attempts.admit(failures, caller.address)
    try:
        await activate(services, body.code.get_secret_value(), body.password.get_secret_value(), caller.at_ms)
    except ActivationRefusedError:
        services.attempts.failed(failures, caller.address)
        raise


def _require_first_start(caller: Caller) -> None:
    if caller.services.has_users():
        raise NotFoundError
