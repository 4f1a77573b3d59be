"""Signing in to `campanile api` as a process over the real log: first start, restart, commands, and no secret told."""

import asyncio
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from deploy.user_desk import UserDesk, UserDeskRefusedError
from schemas.clock import HOUR_MS, WallClock
from schemas.registry import Role
from tests.api.support.log import ApiProcess, writing
from tests.api.support.people import appointment, person
from tests.api.support.serving import Client
from tests.api.support.sse import until
from tests.api.support.world import NORTH, facts

pytestmark = pytest.mark.engine
PASSWORD = "drei-schwarze-Raben-fliegen"
OTHER = "vier-weisse-Raben-schlafen"


async def ask(
    api: ApiProcess, http: aiohttp.ClientSession, method: str, path: str, body: object = None, *, token: str = ""
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.request(method, api.base + path, json=body, headers=headers) as response:
        return response.status, (await response.json(content_type=None) if response.status != 204 else None)


async def test_people_sign_in_over_the_log_from_the_first_start_on(
    kafka_bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    api = ApiProcess(kafka_bootstrap, prefix, tmp_path, {})
    desk = UserDesk(kafka_bootstrap, prefix, WallClock(), HOUR_MS)
    async with writing(kafka_bootstrap, prefix) as log, aiohttp.ClientSession() as http:
        for fact in (*facts(), person("head"), appointment("head", Role.SUPERVISOR, f"consortium:{NORTH}")):
            await log.fact(fact)
        api.start()
        try:
            await api.ready(http)
            code_file = tmp_path / "secrets" / "setup-code"
            assert stat.S_IMODE(code_file.stat().st_mode) == 0o600
            code = code_file.read_text()
            setup = {"code": code, "login": "first-admin", "password": PASSWORD}
            assert (await ask(api, http, "POST", "/v1/setup", setup))[0] == 201
            assert (await ask(api, http, "POST", "/v1/setup", setup))[0] == 404
            _, opened = await ask(api, http, "POST", "/v1/session", {"login": "first-admin", "password": PASSWORD})
            admin = opened["token"]

            invitation = await asyncio.to_thread(desk.add, "head.north", "p-head", is_administrator=False)
            activation = {"code": invitation, "password": OTHER}
            assert await become(api, http, "/v1/activation", activation, 204)
            _, opened = await ask(api, http, "POST", "/v1/session", {"login": "head.north", "password": OTHER})
            head = opened["token"]
            async with Client(http, api.base).stream({"Authorization": f"Bearer {head}"}) as reader:
                await until(reader, "live")
                await asyncio.to_thread(desk.set_disabled, "head.north", disabled=True)
                events = await until(reader, "goodbye")
                assert events[-1].data["reason"] == "unauthorised"
            assert (await ask(api, http, "GET", "/v1/session", token=head))[0] == 401

            api.kill()
            api.start()
            await api.ready(http)
            status, who = await ask(api, http, "GET", "/v1/session", token=admin)
            assert (status, who["user"]["login"]) == (200, "first-admin")
            assert not code_file.exists()
            assert [(row.login, row.state) for row in await asyncio.to_thread(desk.rows)] == [
                ("first-admin", "active"),
                ("head.north", "disabled"),
            ]
            secrets = [PASSWORD, OTHER, code, admin, head, invitation, "first-admin", "head.north"]
            await keeps_quiet(api, http, secrets)
            assert await asyncio.to_thread(api.terminate) == 0
        finally:
            api.kill()


async def become(api: ApiProcess, http: aiohttp.ClientSession, path: str, body: object, status: int) -> bool:
    """Ask until the process has read what a command wrote."""
    seen = 0
    async with asyncio.timeout(60):
        while seen != status:
            seen = (await ask(api, http, "POST", path, body))[0]
            await asyncio.sleep(0.2)
    return True


async def keeps_quiet(api: ApiProcess, http: aiohttp.ClientSession, secrets: list[str]) -> None:
    """Nothing of it stands in logs or metrics, nor in the clear in files beside them."""
    async with http.get(f"{api.ops}/metrics") as response:
        metrics = await response.text()
    words = (api.directory / "api.jsonl").read_text(encoding="utf-8")
    assert re.search(r"facts_loaded", words)
    assert [secret for secret in secrets if secret in metrics + words] == []


def test_desk_refuses_what_makes_no_sense(kafka_bootstrap: str, prefix: str) -> None:
    desk = UserDesk(kafka_bootstrap, prefix, WallClock(), HOUR_MS)
    desk.add("taken", None, is_administrator=True)
    for login, person_id in (("TAKEN", None), ("a b", None), ("x", None), ("fine", "p-nobody")):
        with pytest.raises(UserDeskRefusedError):
            desk.add(login, person_id, is_administrator=False)
    with pytest.raises(UserDeskRefusedError):
        desk.reset("nobody")


def test_command_prints_the_code_alone_on_stdout(kafka_bootstrap: str, prefix: str, tmp_path: Path) -> None:
    environment = os.environ | {
        "CAMPANILE_KAFKA__BOOTSTRAP": kafka_bootstrap,
        "CAMPANILE_PREFIX": prefix,
        "CAMPANILE_DATA_DIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "deploy.cli", "user"]
    added = subprocess.run(
        [*command, "add", "someone", "--administrator"], env=environment, capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"cac_[a-z0-9]{12}_[A-Za-z0-9_-]{43}\n", added.stdout)
    listed = subprocess.run([*command, "list", "--json"], env=environment, capture_output=True, text=True, check=True)
    assert '"login": "someone"' in listed.stdout
    assert '"state": "invited"' in listed.stdout
