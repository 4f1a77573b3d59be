"""Users: made, invited, disabled and reset, by administrators, and by bureaus within their own area."""

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schemas.clock import DAY_MS
from schemas.identity_fold import Identity
from schemas.registry import Role
from tests.api.support.people import Town, appointment, person, town
from tests.api.support.world import N1, N2, NORTH

GOOD = "drei schwarze Raben fliegen"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as found:
        yield found


async def test_first_administrator_is_made_by_the_code_and_then_never_again(tmp_path: Path) -> None:
    async with town(tmp_path, Identity()) as place:
        code = place.services.setup_code.offer()
        assert stat.S_IMODE(place.services.setup_code.path.stat().st_mode) == 0o600
        assert place.services.setup_code.offer() == code
        body = {"code": code, "login": "Erste", "password": GOOD}
        assert (await place.ask("GET", "/v1/setup"))[0] == 200
        assert (await place.ask("POST", "/v1/setup", body | {"code": "wrong"}))[1]["code"] == "CAMP-133"
        assert (await place.ask("POST", "/v1/setup", body | {"password": "admin1234567"}))[1]["code"] == "CAMP-124"
        status, made = await place.ask("POST", "/v1/setup", body)
        assert (status, made["login"], made["is_administrator"]) == (201, "erste", True)
        assert (await place.ask("POST", "/v1/setup", body))[0] == 404
        assert (await place.ask("GET", "/v1/setup"))[0] == 404
        assert not place.services.setup_code.path.exists()
        assert await place.sign_in("erste", GOOD)


async def test_set_up_code_cannot_be_guessed_at_will(tmp_path: Path) -> None:
    async with town(tmp_path, Identity()) as place:
        place.services.setup_code.offer()
        body = {"code": "wrong", "login": "x1", "password": GOOD}
        seen = [(await place.ask("POST", "/v1/setup", body))[0] for _ in range(6)]
    assert seen == [403] * 5 + [429]


async def test_invited_user_sets_a_password_once(place: Town) -> None:
    admin = await place.sign_in("admin")
    place.rig.facts.put(person("new"))
    place.rig.facts.put(appointment("new", Role.PRINCIPAL, f"campus:{N1}"))
    status, invited = await place.ask("POST", "/v1/users", {"login": "New", "person_id": "p-new"}, token=admin)
    assert (status, invited["user"]["has_password"]) == (201, False)
    body = {"code": invited["code"], "password": GOOD}
    assert (await place.ask("POST", "/v1/activation", body | {"password": "new.new.new.new"}))[1]["code"] == "CAMP-124"
    assert (await place.ask("POST", "/v1/activation", body))[0] == 204
    assert (await place.ask("POST", "/v1/activation", body))[1]["code"] == "CAMP-132"
    token = await place.sign_in("new", GOOD)
    assert (await place.ask("GET", f"/v1/campuses/{N1}", token=token))[0] == 200


async def test_invitation_expires(place: Town) -> None:
    admin = await place.sign_in("admin")
    invited = (await place.ask("POST", "/v1/users", {"login": "late"}, token=admin))[1]
    place.clock.instant_ms += 3 * DAY_MS
    body = {"code": invited["code"], "password": GOOD}
    assert (await place.ask("POST", "/v1/activation", body))[1]["code"] == "CAMP-132"


async def test_login_is_taken_whatever_its_case(place: Town) -> None:
    admin = await place.sign_in("admin")
    assert (await place.ask("POST", "/v1/users", {"login": "HEAD"}, token=admin))[1]["code"] == "CAMP-131"


async def test_disabled_user_is_out_at_once_and_stays_out_when_enabled(place: Town) -> None:
    admin, token = await place.sign_in("admin"), await place.sign_in("head")
    status, _ = await place.ask("POST", "/v1/users/u-head/disabled", {"disabled": True}, token=admin)
    assert status == 200
    assert (await place.ask("GET", "/v1/session", token=token))[0] == 401
    await place.ask("POST", "/v1/users/u-head/disabled", {"disabled": False}, token=admin)
    assert (await place.ask("GET", "/v1/session", token=token))[0] == 401
    assert await place.sign_in("head")


async def test_nobody_disables_themselves(place: Town) -> None:
    admin = await place.sign_in("admin")
    assert (await place.ask("POST", "/v1/users/u-admin/disabled", {"disabled": True}, token=admin))[0] == 422


async def test_reset_takes_password_sessions_and_tokens_away(place: Town) -> None:
    admin, token = await place.sign_in("admin"), await place.sign_in("head")
    made = (await place.ask("POST", "/v1/tokens", {"name": "wall"}, token=token))[1]
    status, invited = await place.ask("POST", "/v1/users/u-head/reset", token=admin)
    assert status == 200
    for old in (token, made["text"]):
        assert (await place.ask("GET", f"/v1/campuses/{N2}", token=old))[0] == 401
    body = {"login": "head", "password": "小河慢慢流过 the quiet village"}
    assert (await place.ask("POST", "/v1/session", body))[0] == 401
    assert (await place.ask("POST", "/v1/activation", {"code": invited["code"], "password": GOOD}))[0] == 204
    assert await place.sign_in("head", GOOD)


async def test_bureau_manages_the_people_of_its_own_area_and_no_others(place: Town) -> None:
    token = await place.sign_in("bureau")
    listed = (await place.ask("GET", "/v1/users", token=token))[1]["users"]
    assert [found["login"] for found in listed] == ["head", "two"]
    for foreign in ("u-south", "u-admin", "u-none", "u-bureau", "no-such"):
        assert (await place.ask("POST", f"/v1/users/{foreign}/reset", token=token))[0] == 404
    assert (await place.ask("POST", "/v1/users/u-two/reset", token=token))[0] == 200


async def test_bureau_makes_users_of_its_own_people_alone(place: Town) -> None:
    token = await place.sign_in("bureau")
    for name, role, scope in (("north-new", Role.HEAD, f"consortium:{NORTH}"), ("south-new", Role.HEAD, "area:4202")):
        place.rig.facts.put(person(name))
        place.rig.facts.put(appointment(name, role, scope))
    make = {"login": "someone"}
    assert (await place.ask("POST", "/v1/users", make | {"person_id": "p-south-new"}, token=token))[0] == 422
    assert (await place.ask("POST", "/v1/users", make, token=token))[0] == 403
    above = make | {"person_id": "p-north-new", "is_administrator": True}
    assert (await place.ask("POST", "/v1/users", above, token=token))[0] == 403
    assert (await place.ask("POST", "/v1/users", make | {"person_id": "p-north-new"}, token=token))[0] == 201


async def test_supervisor_and_principal_manage_nobody(place: Town) -> None:
    token = await place.sign_in("head")
    assert (await place.ask("GET", "/v1/users", token=token))[1]["code"] == "CAMP-128"
    assert (await place.ask("POST", "/v1/users/u-two/reset", token=token))[1]["code"] == "CAMP-128"
