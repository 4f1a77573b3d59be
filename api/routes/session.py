"""``/v1/session``: sign in, see who one is, choose the appointment, prove it again, change password, sign out."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from api.context import ApiContext
from api.identity.accounts import change_password
from api.identity.errors import CodeRefusedError
from api.identity.gate import principal_for, token_shown
from api.identity.second_factor import confirm, enrol
from api.identity.sessions import Opened, Proof, check, choose, ends_of, prove_again, sign_in
from api.identity.shapes import (
    AppointmentBody,
    CodeBody,
    EnrolmentView,
    NewPasswordBody,
    ProofBody,
    SessionOpened,
    SignInBody,
    WhoAmI,
    plain,
)
from api.identity.signed_in import (
    Caller,
    CallerDep,
    Person,
    PersonDep,
    caller_of,
    drop_session_cookie,
    person_of,
    set_session_cookie,
)
from api.identity.standing import SignedIn
from api.identity.whoami import who_by_token, who_is
from api.problems import declared
from schemas.ids import AppointmentId

router = APIRouter(tags=["session"])


@router.post(
    "/v1/session",
    summary="登录 / sign in",
    status_code=HTTPStatus.CREATED,
    responses=declared(401, 403, 422, 429, 503),
)
async def open_session(caller: CallerDep, body: SignInBody, response: Response) -> SessionOpened:
    """Open a session by login and password, and by a code where the user has a second factor.

    The token goes into the cookie `campanile_session`, and into the body for programs, which send it as a bearer token.
    """
    proof = Proof(
        body.login.get_secret_value(), body.password.get_secret_value(), plain(body.code), address=caller.address
    )
    opened = await sign_in(caller.services, caller.api.facts, proof, caller.at_ms)
    return _opened(caller, opened, response)


@router.get("/v1/session", summary="我是谁 / who am I", responses=declared(401, 429, 503))
async def session(request: Request) -> WhoAmI:
    """Who asks, in which capacity, and in which others they could. Of any token."""
    api: ApiContext = request.app.state.context
    if token_shown(request).text.startswith("css_"):
        person = person_of(request)
        return who_is(person.services, api.facts, person.signed_in, person.at_ms)
    caller = caller_of(request)
    return who_by_token(principal_for(request, api.identity, api.facts, caller.at_ms))


@router.delete(
    "/v1/session", summary="退出 / sign out", status_code=HTTPStatus.NO_CONTENT, responses=declared(401, 403, 429, 503)
)
async def close_session(person: PersonDep, response: Response) -> None:
    """End this session for good; its event streams end within a second."""
    await person.services.write(*ends_of([person.session], person.at_ms))
    drop_session_cookie(response, person)


@router.delete(
    "/v1/session/others",
    summary="退出其他会话 / end my other sessions",
    status_code=HTTPStatus.NO_CONTENT,
    responses=declared(401, 403, 429, 503),
)
async def close_other_sessions(person: PersonDep) -> None:
    """End every other session of this user."""
    held = person.services.facts.sessions_of(person.user.user_id)
    await person.services.write(*ends_of(held, person.at_ms, but=person.session.session_id))


@router.post(
    "/v1/session/appointment", summary="选择任职 / choose the appointment", responses=declared(401, 403, 422, 429, 503)
)
async def choose_appointment(person: PersonDep, body: AppointmentBody) -> WhoAmI:
    """Act in this appointment from now on. Streams that were opened in another one end."""
    wanted = AppointmentId(body.appointment_id) if body.appointment_id is not None else None
    changed = await choose(person.services, person.api.facts, person.signed_in, wanted, person.at_ms)
    return who_is(person.services, person.api.facts, SignedIn(changed, person.user), person.at_ms)


@router.post("/v1/session/proof", summary="再次确认身份 / prove it again", responses=declared(401, 403, 422, 429, 503))
async def prove(person: PersonDep, body: ProofBody) -> WhoAmI:
    """Show password, and code, again: asked for before what is delicate."""
    changed = await prove_again(person.services, person.signed_in, _proof(person, body), person.at_ms)
    return who_is(person.services, person.api.facts, SignedIn(changed, person.user), person.at_ms)


@router.post(
    "/v1/session/password", summary="修改密码 / change the password", responses=declared(401, 403, 422, 429, 503)
)
async def set_password(person: PersonDep, body: NewPasswordBody, response: Response) -> SessionOpened:
    """Set a new password. Every session of this user is over, and a fresh one is answered."""
    services = person.services
    taken = await check(services, person.user, _proof(person, body), person.at_ms)
    if taken:
        await services.write(*taken)
    new = body.new_password.get_secret_value()
    opened = await change_password(services, person.api.facts, person.signed_in, new, person.at_ms)
    return _opened(person, opened, response)


@router.post(
    "/v1/session/second-factor",
    summary="绑定验证器 / enrol an authenticator",
    status_code=HTTPStatus.CREATED,
    responses=declared(401, 403, 422, 429, 503),
)
async def enrol_factor(person: PersonDep) -> EnrolmentView:
    """A fresh secret as `otpauth://`, and recovery codes: shown once. It is in use once it is confirmed."""
    person.require_strong()
    made = await enrol(person.services, person.user, person.at_ms)
    return EnrolmentView(otpauth_uri=made.uri, recovery_codes=made.recovery_codes)


@router.post(
    "/v1/session/second-factor/confirmation",
    summary="确认验证器 / confirm the authenticator",
    status_code=HTTPStatus.NO_CONTENT,
    responses=declared(401, 403, 422, 429, 503),
)
async def confirm_factor(person: PersonDep, body: CodeBody) -> None:
    """Show a code of the authenticator: from now on signing in needs one."""
    person.services.attempts.admit(person.user.user_id, person.address)
    code = body.code.get_secret_value()
    try:
        await confirm(person.services, person.user, code, person.at_ms)
    except CodeRefusedError:
        person.services.attempts.failed(person.user.user_id, person.address)
        raise


@router.delete(
    "/v1/session/second-factor",
    summary="解除验证器 / remove the authenticator",
    status_code=HTTPStatus.NO_CONTENT,
    responses=declared(401, 403, 429, 503),
)
async def remove_factor(person: PersonDep) -> None:
    """Sign in by password alone again. Needs a recent proof, which needs a code."""
    person.require_strong()
    await person.services.write(withdrawn=(f"second_factor/{person.user.user_id}",))


def _proof(person: Person, body: ProofBody) -> Proof:
    return Proof(person.user.login, body.password.get_secret_value(), plain(body.code), address=person.address)


def _opened(caller: Caller, opened: Opened, response: Response) -> SessionOpened:
    set_session_cookie(response, opened.text, caller)
    signed_in = SignedIn(opened.session, opened.user)
    return SessionOpened(token=opened.text, session=who_is(caller.services, caller.api.facts, signed_in, caller.at_ms))
