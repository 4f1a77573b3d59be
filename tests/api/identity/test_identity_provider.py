"""Signing in through a real OpenID provider, which runs as a process of its own."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from pydantic import SecretStr

from api.identity.oidc.provider import _challenge
from api.identity.settings import IdentitySettings, OidcSettings
from deploy.supervisor.ports import free_port
from schemas.identity import User
from tests.api.support.people import Town, people, town, user
from tests.api.support.world import N2

PROVIDER = Path(sys.executable).with_name("oidc-provider-mock")


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    with (tmp_path_factory.mktemp("provider") / "words").open("wb") as sink:
        process = subprocess.Popen([PROVIDER, "--port", str(port), "--require-nonce", "true"], stdout=sink, stderr=sink)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


async def is_up(issuer: str) -> bool:
    try:
        async with aiohttp.ClientSession() as http, http.get(issuer + "/.well-known/openid-configuration") as found:
            return found.status == 200
    except aiohttp.ClientError:
        return False


@asynccontextmanager
async def linked_town(directory: Path, issuer: str, **oidc: object) -> AsyncIterator[Town]:
    """Somebody whom the provider knows as ``zhang`` is our ``head``."""
    async with asyncio.timeout(60):
        while not await is_up(issuer):  # noqa: ASYNC110 — another process tells us nothing by itself
            await asyncio.sleep(0.1)
    identity = people()
    identity.put(user("head", oidc_subject="zhang"))
    provider = OidcSettings(issuer=issuer, client_secret=SecretStr("s"), **oidc)
    settings = IdentitySettings(public_url="http://127.0.0.1:1", oidc=provider)
    async with town(directory, identity, settings) as found:
        yield found


async def depart(place: Town) -> tuple[str, str]:
    """Where the browser is sent, and the cookie that it keeps."""
    async with place.client.http.get(place.base + "/v1/oidc/start", allow_redirects=False) as response:
        assert response.status == 303, await response.text()
        return response.headers["Location"], response.headers["Set-Cookie"].partition(";")[0]


async def consent(place: Town, there: str, subject: str) -> dict[str, str]:
    """What the provider sends back with the browser, for the person who signed in there."""
    async with place.client.http.post(there, data={"sub": subject}, allow_redirects=False) as response:
        assert response.status == 302, await response.text()
        back = urlsplit(response.headers["Location"])
    assert back.path == "/v1/oidc/callback"
    return {name: values[0] for name, values in parse_qs(back.query).items()}


async def arrive(place: Town, answer: dict[str, str], cookie: str) -> tuple[int, str, str]:
    """Status, session token and code of the error."""
    url, sent = place.base + "/v1/oidc/callback", {"Cookie": cookie, "Sec-Fetch-Site": "cross-site"}
    async with place.client.http.get(url, params=answer, headers=sent, allow_redirects=False) as response:
        cookies = response.headers.getall("Set-Cookie", [])
        session = [
            found.partition(";")[0].partition("=")[2] for found in cookies if found.startswith("campanile_session")
        ]
        code = (await response.json())["code"] if response.status != 303 else response.headers["Location"]
        return response.status, session[0] if session else "", code


async def test_person_known_to_the_provider_gets_a_session(tmp_path: Path, issuer: str) -> None:
    async with linked_town(tmp_path, issuer) as place:
        there, cookie = await depart(place)
        status, token, home = await arrive(place, await consent(place, there, "zhang"), cookie)
        assert (status, home) == (303, "/")
        assert (await place.ask("GET", f"/v1/campuses/{N2}", token=token))[0] == 200


async def test_request_carries_state_nonce_and_challenge_and_no_secret(tmp_path: Path, issuer: str) -> None:
    async with linked_town(tmp_path, issuer) as place:
        there, cookie = await depart(place)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == "http://127.0.0.1:1/v1/oidc/callback"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert cookie.partition("=")[2] not in there
    assert _challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


async def test_answer_is_good_once_in_one_browser_with_its_own_state(tmp_path: Path, issuer: str) -> None:
    async with linked_town(tmp_path, issuer) as place:
        there, cookie = await depart(place)
        answer = await consent(place, there, "zhang")
        for changed, browser in (
            (answer | {"state": "x" * 43}, cookie),
            ({"code": answer["code"]}, cookie),
            (answer, "campanile_oidc=" + "y" * 43),
        ):
            assert await arrive(place, changed, browser) == (401, "", "CAMP-134")
        assert (await arrive(place, answer, cookie))[0] == 401  # the wrong browser has used the state up
        there, cookie = await depart(place)
        answer = await consent(place, there, "zhang")
        assert (await arrive(place, answer, cookie))[0] == 303
        assert (await arrive(place, answer, cookie))[0] == 401


async def test_code_that_the_provider_does_not_know_is_refused(tmp_path: Path, issuer: str) -> None:
    async with linked_town(tmp_path, issuer) as place:
        there, cookie = await depart(place)
        answer = await consent(place, there, "zhang")
        assert await arrive(place, answer | {"code": "forged"}, cookie) == (401, "", "CAMP-134")


async def test_code_of_another_sign_in_is_refused_by_its_nonce(tmp_path: Path, issuer: str) -> None:
    async with linked_town(tmp_path, issuer) as place:
        theirs = await consent(place, (await depart(place))[0], "zhang")
        there, cookie = await depart(place)
        mine = await consent(place, there, "li")
        assert await arrive(place, mine | {"code": theirs["code"]}, cookie) == (401, "", "CAMP-134")


async def test_stranger_and_disabled_user_are_refused_alike(tmp_path: Path, issuer: str) -> None:
    async with linked_town(tmp_path, issuer) as place:
        there, cookie = await depart(place)
        assert await arrive(place, await consent(place, there, "stranger"), cookie) == (401, "", "CAMP-134")
        place.identity.put(user("head", oidc_subject="zhang", disabled=True))
        there, cookie = await depart(place)
        assert await arrive(place, await consent(place, there, "zhang"), cookie) == (401, "", "CAMP-134")


async def test_stranger_becomes_a_user_without_appointment_only_where_the_setting_says_so(
    tmp_path: Path, issuer: str
) -> None:
    async with linked_town(tmp_path, issuer, creates_users=True) as place:
        there, cookie = await depart(place)
        _, token, _ = await arrive(place, await consent(place, there, "stranger"), cookie)
        assert (await place.ask("GET", f"/v1/campuses/{N2}", token=token))[1]["code"] == "CAMP-125"
        assert sum(found.oidc_subject == "stranger" for found in place.identity.all(User)) == 1


async def test_provider_that_names_itself_differently_is_not_asked_further(tmp_path: Path, issuer: str) -> None:
    other = issuer.replace("127.0.0.1", "localhost") + "/"
    async with linked_town(tmp_path, other) as place:
        status, body = await place.ask("GET", "/v1/oidc/start")
    assert (status, body["code"]) == (503, "CAMP-135")


async def test_provider_that_is_away_is_named_as_such(tmp_path: Path) -> None:
    provider = OidcSettings(issuer=f"http://127.0.0.1:{free_port()}")
    settings = IdentitySettings(public_url="http://127.0.0.1:1", oidc=provider)
    async with town(tmp_path, settings=settings) as place:
        assert (await place.ask("GET", "/v1/oidc"))[1] == {"is_offered": True}
        assert (await place.ask("GET", "/v1/oidc/start"))[1]["code"] == "CAMP-135"
