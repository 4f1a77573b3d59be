"""``/v1/users``: who may sign in, for administrators, and for bureaus within their own area."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from api.errors import NotFoundError
from api.identity.accounts import Invited, NewUser, add_user, reset_user, set_disabled, view_of
from api.identity.errors import NotAdministratorError, UserRefusedError
from api.identity.managing import manages_person, manages_user
from api.identity.shapes import DisabledBody, InvitedView, NewUserBody, Users, UserView
from api.identity.signed_in import Person, PersonDep
from api.problems import declared
from schemas.identity import User
from schemas.ids import PersonId

router = APIRouter(tags=["users"])
UserIdPath = Annotated[str, Path(max_length=64)]


@router.get("/v1/users", summary="用户列表 / users", responses=declared(401, 403, 429, 503))
async def users(person: PersonDep) -> Users:
    """The users that the caller manages, in the order of their logins."""
    manager = person.require_manager()
    identity, facts = person.services.facts, person.api.facts
    found = [user for user in identity.all(User) if manages_user(manager, user, facts)]
    return Users(users=[view_of(user, identity) for user in sorted(found, key=lambda user: user.login)])


@router.post(
    "/v1/users",
    summary="新建用户 / make a user",
    status_code=HTTPStatus.CREATED,
    responses=declared(401, 403, 409, 422, 429, 503),
)
async def make_user(person: PersonDep, body: NewUserBody) -> InvitedView:
    """Make a user; the code is shown once and lets them set a password. Needs a recent proof of who asks."""
    manager = person.require_manager()
    person.require_strong()
    if manager is not None and (body.is_administrator or body.person_id is None or body.oidc_subject is not None):
        raise NotAdministratorError
    person_id = PersonId(body.person_id) if body.person_id is not None else None
    if person_id is not None and not manages_person(manager, person_id, person.api.facts):
        raise UserRefusedError(
            "没有这个人员 / there is no such person",
            cause="组织机构数据中没有，或不在管辖范围 / not in the registry, or not within your area",
            remedy="campanile org apply",
        )
    wanted = NewUser(body.login, person_id, body.is_administrator, body.oidc_subject)
    return _invited(await add_user(person.services, wanted, person.at_ms), person)


@router.post(
    "/v1/users/{user_id}/disabled",
    summary="停用或启用 / disable or enable",
    responses=declared(401, 403, 404, 422, 429, 503),
)
async def disable_user(person: PersonDep, user_id: UserIdPath, body: DisabledBody) -> UserView:
    """Let nobody in as this user, or again. Open sessions are over at once; nobody disables themselves."""
    user = _managed(person, user_id)
    if user.user_id == person.user.user_id:
        raise UserRefusedError(
            "不能停用自己 / nobody disables themselves", remedy="请另一位管理员操作 / ask another one"
        )
    changed = await set_disabled(person.services, user, disabled=body.disabled, at_ms=person.at_ms)
    return view_of(changed, person.services.facts)


@router.post(
    "/v1/users/{user_id}/reset",
    summary="重置 / reset",
    responses=declared(401, 403, 404, 422, 429, 503),
)
async def reset(person: PersonDep, user_id: UserIdPath) -> InvitedView:
    """Take password, second factor, sessions and tokens away from a user and invite them anew. Needs a recent proof."""
    user = _managed(person, user_id)
    return _invited(await reset_user(person.services, user, person.at_ms), person)


def _managed(person: Person, user_id: str) -> User:
    manager = person.require_manager()
    person.require_strong()
    user = person.services.facts.get(User, user_id)
    if user is None or not manages_user(manager, user, person.api.facts):
        person.denied("user/manage/not_in_area")
        raise NotFoundError
    return user


def _invited(invited: Invited, person: Person) -> InvitedView:
    view = view_of(invited.user, person.services.facts)
    return InvitedView(user=view, code=invited.code, not_after_ms=invited.not_after_ms)
