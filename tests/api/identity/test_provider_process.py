"""`campanile api` as a process that shares a secret, kept in a file, with a real OpenID provider: one whole sign-in."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from deploy.supervisor.ports import free_port
from tests.api.support.log import ApiProcess, writing
from tests.api.support.world import facts

pytestmark = pytest.mark.engine
PROVIDER = Path(sys.executable).with_name("oidc-provider-mock")


@asynccontextmanager
async def provider(directory: Path) -> AsyncIterator[str]:
    port = free_port()
    with (directory / "provider").open("wb") as sink:
        command = [str(PROVIDER), "--port", str(port), "--require-registration", "true"]
        process = subprocess.Popen(command, stdout=sink, stderr=sink)  # noqa: ASYNC220 — it starts at once
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 10)


async def registered(http: aiohttp.ClientSession, issuer: str, redirect: str) -> tuple[str, str]:
    """The id and the secret that the provider gives us as soon as it is up; it refuses any other secret."""
    async with asyncio.timeout(60):
        while True:
            try:
                async with http.post(issuer + "/oauth2/clients", json={"redirect_uris": [redirect]}) as made:
                    assert made.status == 201, await made.text()
                    told = await made.json()
                    return told["client_id"], told["client_secret"]
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)


async def sign_in(http: aiohttp.ClientSession, base: str, subject: str) -> str:
    """The session token with which the browser comes back from the provider."""
    async with http.get(base + "/v1/oidc/start", allow_redirects=False) as departed:
        assert departed.status == 303, await departed.text()
        there, cookie = departed.headers["Location"], departed.headers["Set-Cookie"].partition(";")[0]
    async with http.post(there, data={"sub": subject}, allow_redirects=False) as consented:
        back = urlsplit(consented.headers["Location"])
    answer = {name: values[0] for name, values in parse_qs(back.query).items()}
    sent = {"Cookie": cookie, "Sec-Fetch-Site": "cross-site"}
    async with http.get(base + back.path, params=answer, headers=sent, allow_redirects=False) as arrived:
        assert arrived.status == 303, await arrived.text()
        cookies = [found.partition(";")[0] for found in arrived.headers.getall("Set-Cookie")]
    (token,) = (found.partition("=")[2] for found in cookies if found.startswith("campanile_session"))
    return token


async def test_a_process_with_a_secret_file_signs_somebody_in_and_tells_nobody_the_secret(
    kafka_bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    file = tmp_path / "oidc-secret"
    plain = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    async with provider(tmp_path) as issuer, writing(kafka_bootstrap, prefix) as log, plain as http:
        for fact in facts():
            await log.fact(fact)
        api = ApiProcess(kafka_bootstrap, prefix, tmp_path, {})
        client_id, secret = await registered(http, issuer, api.base + "/v1/oidc/callback")
        await asyncio.to_thread(file.write_text, secret + "\n")
        api.settings |= {
            "CAMPANILE_IDENTITY__PUBLIC_URL": api.base,
            "CAMPANILE_IDENTITY__OIDC__ISSUER": issuer,
            "CAMPANILE_IDENTITY__OIDC__CLIENT_ID": client_id,
            "CAMPANILE_IDENTITY__OIDC__CREATES_USERS": "true",
            "CAMPANILE_IDENTITY__OIDC__CLIENT_SECRET_FILE": str(file),
        }
        api.start()
        try:
            await api.ready(http)
            token = await sign_in(http, api.base, "zhang")
            async with http.get(api.base + "/v1/session", headers={"Authorization": f"Bearer {token}"}) as found:
                assert (found.status, "user" in await found.json()) == (200, True)
        finally:
            api.kill()
    assert secret not in await asyncio.to_thread((tmp_path / "api.jsonl").read_text, "utf-8")
