"""In by a school's invitation, out at the child's stop: the guardians' door from outside."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from schemas.clock import DAY_MS, HOUR_MS
from tests.api.guardian.family import CAMPUS, NAMES, morning
from tests.api.guardian.household import POLICY, Household, household
from tests.api.support.sse import Event, EventReader
from tests.api.support.world import bearer
from tests.streams.systems.driving import local


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Household]:
    async with household(tmp_path) as found:
        yield found


async def test_an_invitation_becomes_a_guardian_once(home: Household) -> None:
    code = await home.invited(1)
    body = {"code": code.lower().replace("-", " "), "consent_to": POLICY}

    first, second = await home.ask("POST", "/v1/invitations/redeem", body), None
    second = await home.ask("POST", "/v1/invitations/redeem", body)

    assert first[0] == 201
    assert first[1]["token"].startswith("cgt_")
    assert (second[0], second[1]["code"]) == (403, "CAMP-140")
    assert home.journal.types() == [
        "access.invitation_issued.v1",
        "access.invitation_redeemed.v1",
        "access.consent_given.v1",
    ]
    assert code.replace("-", "").lower() not in str(home.identity.guardians.invitations).lower()


async def test_every_bad_code_is_refused_alike(home: Household) -> None:
    good, old, taken = await home.invited(0), await home.invited(1), await home.invited(2)
    found = {line.invitation_id: line for line in home.identity.guardians.invitations.values()}
    for line in found.values():
        if line.pupil_token == NAMES["ch-2"]:
            path = f"/v1/campuses/{CAMPUS}/invitations/{line.invitation_id}"
            assert (await home.ask("DELETE", path, headers=bearer("principal")))[0] == 204
    answers = [await home.ask("POST", "/v1/invitations/redeem", {"code": taken})]
    home.clock.instant_ms += 14 * DAY_MS
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    answers += [await home.ask("POST", "/v1/invitations/redeem", {"code": code}) for code in (old, wrong, "x", "")]
    assert {(status, answer["code"], answer["detail"]) for status, answer in answers} == {
        (403, "CAMP-140", answers[0][1]["detail"])
    }


async def test_an_address_that_tries_many_codes_must_wait(home: Household) -> None:
    answers = [await home.ask("POST", "/v1/invitations/redeem", {"code": "x"}) for _ in range(12)]
    assert [status for status, _ in answers[-2:]] == [429, 429]
    assert answers[-1][1]["code"] == "CAMP-149"


async def test_the_run_is_shown_from_fifteen_minutes_before_pick_up_until_the_child_gets_off(home: Household) -> None:
    child, who = await home.guardian_of(1)
    path = f"/v1/guardian/children/{child}/run"

    home.tell(local(6, 24))
    early = await home.ask("GET", path, headers=who)
    home.tell(local(6, 32))
    waiting = await home.ask("GET", path, headers=who)
    home.tell(local(6, 42))
    aboard = await home.ask("GET", path, headers=who)
    home.tell(local(7, 7))
    over = await home.ask("GET", path, headers=who)

    assert (early[0], early[1]["code"]) == (404, "CAMP-141")
    assert "06:25" in early[1]["remedy"]
    assert (waiting[0], waiting[1]["sentence_zh"]) == (200, "还有 2 站，约 6–11 分钟")
    assert (aboard[0], aboard[1]["boarding"]["state"]) == (200, "on_board")
    assert over[0] == 404
    assert "07:06" in over[1]["detail"]
    reads = [entry for entry, _ in home.journal.entries if entry.type == "access.read.v1"]
    assert [entry.data["kind"] for entry in reads] == ["pupil", "pupil"]
    assert {entry.data["role"] for entry in reads} == {"guardian"}


async def test_nothing_is_shown_that_cannot_be_recorded(home: Household) -> None:
    child, who = await home.guardian_of(1)
    home.tell(local(6, 32))
    home.journal.is_away = True
    for part in ("run", "stream", "trips"):
        assert (await home.ask("GET", f"/v1/guardian/children/{child}/{part}", headers=who))[0] == 503


async def test_without_consent_nothing_is_shown(home: Household) -> None:
    child, who = await home.guardian_of(1, consents=False)
    home.tell(local(6, 32))
    path = f"/v1/guardian/children/{child}"
    assert (await home.ask("GET", f"{path}/run", headers=who))[1]["code"] == "CAMP-142"
    stale = await home.ask("PUT", f"{path}/consent", {"policy_version": "2020-01"}, headers=who)
    assert (stale[0], stale[1]["code"]) == (409, "CAMP-144")
    assert (await home.ask("PUT", f"{path}/consent", {"policy_version": POLICY}, headers=who))[0] == 204
    assert (await home.ask("GET", f"{path}/run", headers=who))[0] == 200
    assert (await home.ask("DELETE", f"{path}/consent", headers=who))[0] == 204
    assert (await home.ask("GET", f"{path}/run", headers=who))[0] == 403
    assert home.journal.types()[-1] == "access.consent_withdrawn.v1"


async def test_no_guardian_reaches_another_s_child(home: Household) -> None:
    families = [await home.guardian_of(number) for number in range(3)]
    home.tell(local(6, 46))
    for child, who in families:
        for other, _ in families:
            for part in ("run", "stream", "trips", "shares"):
                path = f"/v1/guardian/children/{other}/{part}"
                status = (await home.ask("GET", path, headers=who))[0] if part != "stream" or other != child else 0
                assert (status == 404) is (other != child), (path, status)
        status, listed = await home.ask("GET", "/v1/guardian/children", headers=who)
        assert (status, [line["child"] for line in listed["children"]]) == (200, [child])
        for secret in NAMES.values():
            assert secret not in str(listed)


async def test_nobody_else_comes_through_the_guardians_door(home: Household) -> None:
    child, who = await home.guardian_of(1)
    for role in ("principal", "bureau", "supervisor", "guardian", "auditor", "operator"):
        for path in ("/v1/guardian/children", f"/v1/guardian/children/{child}/run"):
            assert (await home.ask("GET", path, headers=bearer(role)))[0] == 403
    wrong = {"Authorization": who["Authorization"][:-2] + "AA"}
    for headers in ({}, wrong, bearer("revoked")):
        assert (await home.ask("GET", "/v1/guardian/children", headers=headers))[0] == 401
    for path in ("/v1/organisation", f"/v1/campuses/{CAMPUS}", "/v1/alerts", "/v1/live", "/v1/rules"):
        assert (await home.ask("GET", path, headers=who))[0] == 401


async def test_a_guardian_s_session_takes_a_second_child(home: Household) -> None:
    first, who = await home.guardian_of(0)
    code = await home.invited(2)
    status, answer = await home.ask("POST", "/v1/invitations/redeem", {"code": code}, headers=who)
    assert (status, answer["token"]) == (201, None)
    _, listed = await home.ask("GET", "/v1/guardian/children", headers=who)
    assert {line["child"]: line["has_consent"] for line in listed["children"]} == {first: True, answer["child"]: False}


async def test_only_the_campus_s_own_staff_invites(home: Household) -> None:
    body = {"pupil_token": NAMES["ch-0"], "runs": [morning(0).model_dump(mode="json")]}
    path = f"/v1/campuses/{CAMPUS}/invitations"
    for role in ("bureau", "head", "supervisor", "guardian", "operator", "auditor"):
        assert (await home.ask("POST", path, body, headers=bearer(role)))[0] == 403
    assert (await home.ask("POST", "/v1/campuses/s-1/invitations", body, headers=bearer("principal")))[0] == 404
    late = {**body, "runs": [{**body["runs"][0], "drop_off_min": 10}]}  # type: ignore[dict-item]  # plain JSON
    status, answer = await home.ask("POST", path, late, headers=bearer("principal"))
    assert (status, answer["code"]) == (422, "CAMP-147")


async def test_an_ended_guardianship_shows_nothing_and_the_school_sees_who_stands(home: Household) -> None:
    child, who = await home.guardian_of(1)
    home.tell(local(6, 32))
    _, listed = await home.ask("GET", f"/v1/campuses/{CAMPUS}/guardians", headers=bearer("principal"))
    assert [line["guardianship_id"] for line in listed["guardianships"]] == [child]
    assert NAMES["ch-1"] not in str(listed)
    path = f"/v1/campuses/{CAMPUS}/guardians/{child}"
    assert (await home.ask("DELETE", path, headers=bearer("principal")))[0] == 204
    assert (await home.ask("GET", f"/v1/guardian/children/{child}/run", headers=who))[0] == 404


async def test_a_share_is_for_watching_only_and_ends_with_the_day(home: Household) -> None:
    child, who = await home.guardian_of(1)
    home.tell(local(6, 32))
    path = f"/v1/guardian/children/{child}"
    status, opened = await home.ask("POST", f"{path}/shares", {}, headers=who)
    assert (status, opened["not_after_ms"]) == (201, local(24))

    _, answer = await home.ask("POST", "/v1/share/exchange", {"code": opened["code"]})
    watcher = {"Authorization": f"Bearer {answer['token']}"}

    assert (await home.ask("POST", "/v1/share/exchange", {"code": opened["code"]}))[0] == 403
    assert (await home.ask("GET", f"{path}/run", headers=watcher))[0] == 200
    for method, part, body in (
        ("GET", "/trips", None),
        ("GET", "/shares", None),
        ("POST", "/shares", {}),
        ("DELETE", "/consent", None),
    ):
        assert (await home.ask(method, path + part, body, headers=watcher))[1]["code"] == "CAMP-143"
    home.clock.instant_ms = local(24)
    assert (await home.ask("GET", f"{path}/run", headers=watcher))[0] == 401


async def test_a_share_taken_back_or_a_session_signed_out_is_over(home: Household) -> None:
    child, who = await home.guardian_of(1)
    home.tell(local(6, 32))
    path = f"/v1/guardian/children/{child}"
    _, opened = await home.ask("POST", f"{path}/shares", {"hours": 2}, headers=who)
    assert opened["not_after_ms"] == local(6, 32) + 2 * HOUR_MS
    _, answer = await home.ask("POST", "/v1/share/exchange", {"code": opened["code"]})
    watcher = {"Authorization": f"Bearer {answer['token']}"}
    assert (await home.ask("DELETE", f"{path}/shares/{opened['share_id']}", headers=who))[0] == 204
    assert (await home.ask("GET", f"{path}/run", headers=watcher))[0] == 401
    assert (await home.ask("DELETE", "/v1/guardian/session", headers=who))[0] == 204
    assert (await home.ask("GET", f"{path}/run", headers=who))[0] == 401


async def test_a_browser_is_known_by_a_cookie_that_no_other_site_can_use(home: Household) -> None:
    code = await home.invited(1)
    async with home.client.http.post(f"{home.client.base}/v1/invitations/redeem", json={"code": code}) as answer:
        cookie = answer.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Path=/v1/"):
        assert part in cookie
    headers = {"Cookie": cookie.partition(";")[0]}
    assert (await home.ask("GET", "/v1/guardian/children", headers=headers))[0] == 200
    foreign = headers | {"Sec-Fetch-Site": "cross-site"}
    assert (await home.ask("DELETE", "/v1/guardian/session", headers=foreign))[1]["code"] == "CAMP-126"
    own = headers | {"Sec-Fetch-Site": "same-origin"}
    assert (await home.ask("DELETE", "/v1/guardian/session", headers=own))[0] == 204


async def next_of(events: AsyncIterator[Event], name: str) -> Event:
    async with asyncio.timeout(60):
        async for event in events:
            if event.name == name:
                return event
    raise AssertionError(f"the stream ended without {name}")


def watch(home: Household, child: str, who: dict[str, str]) -> aiohttp.client._RequestContextManager:
    return home.client.http.get(f"{home.client.base}/v1/guardian/children/{child}/stream", headers=who)


async def test_the_stream_follows_the_bus_and_closes_when_the_child_gets_off(home: Household) -> None:
    child, who = await home.guardian_of(1)
    home.tell(local(6, 32))
    async with watch(home, child, who) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        events = EventReader(response).events()
        assert (await next_of(events, "run")).data["boarding"]["state"] == "waiting"
        home.tell(local(6, 42))
        assert (await next_of(events, "run")).data["boarding"]["state"] == "on_board"
        home.tell(local(7, 7))
        closed = await next_of(events, "closed")
        assert closed.data["opens_ms"] == local(16, 15)
        assert [event async for event in events] == []


@pytest.mark.parametrize("how", ["consent", "guardianship", "session"])
async def test_what_ends_a_guardian_s_right_ends_the_open_stream(home: Household, how: str) -> None:
    child, who = await home.guardian_of(1)
    home.tell(local(6, 32))
    path = f"/v1/guardian/children/{child}"
    ends = {
        "consent": ("DELETE", f"{path}/consent", who),
        "guardianship": ("DELETE", f"/v1/campuses/{CAMPUS}/guardians/{child}", bearer("principal")),
        "session": ("DELETE", "/v1/guardian/session", who),
    }
    async with watch(home, child, who) as response:
        events = EventReader(response).events()
        await next_of(events, "run")
        method, where, headers = ends[how]
        assert (await home.ask(method, where, headers=headers))[0] == 204
        assert (await next_of(events, "ended")).data == {"reason": how}
        assert [event async for event in events] == []


async def test_a_session_holds_only_so_many_streams(home: Household) -> None:
    child, who = await home.guardian_of(1)
    home.tell(local(6, 32))
    open_streams = [await watch(home, child, who) for _ in range(3)]
    try:
        for response in open_streams:
            await next_of(EventReader(response).events(), "run")
        assert (await home.ask("GET", f"/v1/guardian/children/{child}/stream", headers=who))[0] == 429
    finally:
        for response in open_streams:
            response.close()
