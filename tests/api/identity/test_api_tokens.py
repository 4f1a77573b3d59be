"""Tokens that people make for their programs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.identity.settings import IdentitySettings
from schemas.clock import DAY_MS
from schemas.registry import Role
from tests.api.support.people import Town, appointment, town
from tests.api.support.sse import until
from tests.api.support.world import N1, N2, NORTH


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as found:
        yield found


async def test_token_acts_in_its_appointment_until_it_expires(place: Town) -> None:
    token = await place.sign_in("head")
    status, made = await place.ask("POST", "/v1/tokens", {"name": "大屏", "days": 2}, token=token)
    assert (status, made["token"]["appointment_id"]) == (201, "a-head-1")
    assert (await place.ask("GET", f"/v1/campuses/{N2}", token=made["text"]))[0] == 200
    place.clock.instant_ms += 2 * DAY_MS
    assert (await place.ask("GET", f"/v1/campuses/{N2}", token=made["text"]))[0] == 401


async def test_token_is_kept_as_a_hash_and_listed_without_its_text(place: Town) -> None:
    token = await place.sign_in("head")
    made = (await place.ask("POST", "/v1/tokens", {"name": "wall"}, token=token))[1]
    written = "".join(fact.model_dump_json() for fact in place.identity.facts())
    listed = (await place.ask("GET", "/v1/tokens", token=token))[1]
    assert made["text"] not in written
    assert made["text"] not in str(listed)
    assert [found["name"] for found in listed["tokens"]] == ["wall"]


async def test_token_may_be_narrower_than_the_appointment_and_never_wider(place: Town) -> None:
    place.rig.facts.put(appointment("head", Role.PRINCIPAL, f"campus:{N1}", f"campus:{N2}"))
    token = await place.sign_in("head")
    narrow = (await place.ask("POST", "/v1/tokens", {"name": "x", "scope": [f"campus:{N1}"]}, token=token))[1]["text"]
    seen = [(await place.ask("GET", f"/v1/campuses/{found}", token=narrow))[0] for found in (N1, N2)]
    assert seen == [200, 404]
    wide = {"name": "x", "scope": [f"consortium:{NORTH}"]}
    assert (await place.ask("POST", "/v1/tokens", wide, token=token))[1]["code"] == "CAMP-138"
    place.rig.facts.put(appointment("head", Role.PRINCIPAL, f"campus:{N2}"))
    assert (await place.ask("GET", f"/v1/campuses/{N1}", token=narrow))[0] == 404


async def test_revoked_token_is_refused_and_its_stream_ends(place: Town) -> None:
    token = await place.sign_in("head")
    made = (await place.ask("POST", "/v1/tokens", {"name": "wall"}, token=token))[1]
    async with place.client.stream({"Authorization": f"Bearer {made['text']}"}) as reader:
        await until(reader, "live")
        path = f"/v1/tokens/{made['token']['token_id']}"
        assert (await place.ask("DELETE", path, token=await place.sign_in("two")))[0] == 404
        assert (await place.ask("DELETE", path, token=token))[0] == 204
        place.rig.hub.judge_again()
        events = await until(reader, "goodbye")
    assert events[-1].data["reason"] == "unauthorised"
    assert (await place.ask("GET", f"/v1/campuses/{N2}", token=made["text"]))[0] == 401


async def test_token_manages_no_account(place: Town) -> None:
    token = await place.sign_in("bureau")
    made = (await place.ask("POST", "/v1/tokens", {"name": "x"}, token=token))[1]["text"]
    for method, path in (("GET", "/v1/users"), ("GET", "/v1/tokens"), ("DELETE", "/v1/session")):
        assert (await place.ask(method, path, token=made))[1]["code"] == "CAMP-139"


async def test_token_needs_a_chosen_appointment_a_sane_life_and_room(tmp_path: Path) -> None:
    async with town(tmp_path, settings=IdentitySettings(api_tokens_per_user=1, api_token_days=30)) as place:
        undecided, token = await place.sign_in("two"), await place.sign_in("head")
        assert (await place.ask("POST", "/v1/tokens", {"name": "x"}, token=undecided))[1]["code"] == "CAMP-125"
        assert (await place.ask("POST", "/v1/tokens", {"name": "x", "days": 31}, token=token))[1]["code"] == "CAMP-138"
        assert (await place.ask("POST", "/v1/tokens", {"name": "x", "days": 30}, token=token))[0] == 201
        assert (await place.ask("POST", "/v1/tokens", {"name": "y", "days": 30}, token=token))[1]["code"] == "CAMP-138"


@pytest.mark.parametrize(
    "text",
    [
        "cat_0123456789ab_" + "x" * 43,
        "css_0123456789ab_" + "x" * 43,
        "cat_",
        "css_" + "x" * 4000,
        "cvt_0123456789ab_" + "x" * 43,
        "cac_0123456789ab_" + "x" * 43,
    ],
)
async def test_token_that_nobody_made_is_refused(place: Town, text: str) -> None:
    assert (await place.ask("GET", "/v1/organisation", token=text))[0] == 401
    assert (await place.ask("GET", "/v1/session", token=text))[0] == 401
