"""The session cookie: what it looks like, and that no page of another site can use it to change anything."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.identity.settings import IdentitySettings
from tests.api.support.people import PASSWORD, Town, town

BODY = {"login": "two", "password": PASSWORD}
CHOICE = {"appointment_id": "a-two-1"}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as found:
        yield found


async def cookie_of(place: Town) -> str:
    async with place.client.http.post(place.base + "/v1/session", json=BODY) as response:
        header = response.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(header.split("; "))
    return header.partition(";")[0]


async def test_cookie_reads_and_changes_from_our_own_pages(place: Town) -> None:
    cookie = {"Cookie": await cookie_of(place)}
    assert (await place.ask("GET", "/v1/session", headers=cookie))[0] == 200
    for ours in ({"Origin": place.base}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        assert (await place.ask("POST", "/v1/session/appointment", CHOICE, headers=cookie | ours))[0] == 200


async def test_cookie_changes_nothing_for_another_site(place: Town) -> None:
    cookie = {"Cookie": await cookie_of(place)}
    foreign: list[dict[str, str]] = [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site", "Origin": place.base},
        {"Sec-Fetch-Site": "same-site"},
    ]
    for headers in foreign:
        status, body = await place.ask("POST", "/v1/session/appointment", CHOICE, headers=cookie | headers)
        assert (status, body["code"]) == (403, "CAMP-126"), headers
    assert (await place.ask("GET", "/v1/session", headers=cookie))[1]["appointment_id"] is None


async def test_another_site_cannot_sign_a_browser_in(place: Town) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await place.ask("POST", "/v1/session", BODY, headers=headers))[1]["code"] == "CAMP-126"


async def test_cookie_carries_a_session_and_no_other_kind_of_token(place: Town) -> None:
    for text in ("cvt_0123456789ab_" + "x" * 43, "cat_0123456789ab_" + "x" * 43, "x", ""):
        headers = {"Cookie": f"campanile_session={text}"}
        assert (await place.ask("GET", "/v1/organisation", headers=headers))[0] == 401


async def test_cookie_is_for_tls_alone_where_we_are_reached_by_it(tmp_path: Path) -> None:
    settings = IdentitySettings(public_url="https://zhonglou.example.cn")
    async with town(tmp_path, settings=settings) as place:
        async with place.client.http.post(place.base + "/v1/session", json=BODY) as response:
            header = response.headers["Set-Cookie"]
        assert "Secure" in header.split("; ")
        headers = {"Cookie": header.partition(";")[0], "Origin": "https://zhonglou.example.cn"}
        assert (await place.ask("POST", "/v1/session/appointment", CHOICE, headers=headers))[0] == 200
